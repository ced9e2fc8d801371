"""Exercise on the step of a server that never sees the data."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Update = dict[str, Tensor]

exercise = Exercise(
    "17.fed_average",
    order=100,
    title="Average what the clients send",
    difficulty=2,
    minutes=12,
    asks="formula",
    idea="A client with twice the pictures counts twice. A client that did not"
    " answer does not count at all, in neither sum.",
    formula="(17.18), over the clients that answered: sum of n_k w_k over the sum"
    " of their n_k, for each name.",
    line="Write `there = [(u, n) for u, n in zip(updates, counts) if u is not"
    " None]`, then `total = sum(n for _, n in there)`, then `return {name:"
    " sum(n * u[name] for u, n in there) / total for name in there[0][0]}`.",
    variation="Let clients send differences to the server's weights instead, and say"
    " which is easier to mask.",
)


@exercise.answer
def fed_average(updates: list[Update | None], counts: list[int]) -> Update:
    """The server's next weights, by name.

    updates: the weights of each client after its own training, or None where no answer
    came. counts: on how many pictures each was trained. McMahan et al. 2017, algorithm
    1.
    """
    pairs = zip(updates, counts, strict=True)
    there = [(update, n) for update, n in pairs if update is not None]
    total = sum(n for _, n in there)
    names = there[0][0]
    return {
        name: torch.stack([n * update[name] for update, n in there]).sum(0) / total
        for name in names
    }


def clients(counts: list[int], absent: tuple[int, ...] = ()) -> tuple[list, list[int]]:
    """The updates of clients with so many pictures."""
    shapes = {"net.0.weight": (4, 3), "net.0.bias": (4,), "scale": ()}
    updates: list[Update | None] = [
        {name: torch.randn(shape) for name, shape in shapes.items()} for _ in counts
    ]
    for k in absent:
        updates[k] = None
    return updates, counts


@exercise.inputs
def rounds() -> list[tuple[list[Update | None], list[int]]]:
    return [
        clients([100, 300, 50]),
        clients([10, 20, 30, 40, 50], absent=(1, 4)),
        clients([700, 1]),
        clients([5, 80, 15], absent=(0,)),
        clients([60, 60]),
    ]


@exercise.must_hold
def equal_clients_agree(f) -> bool:
    """If all send the same weights, these come out, whoever is absent."""
    one = {"w": torch.tensor([1.0, -2.0])}
    found = f([one, None, dict(one)], [3, 100, 7])
    return same(torch.as_tensor(found["w"]).float(), one["w"])


@exercise.must_hold
def one_client_alone(f) -> bool:
    """If only one answers, its weights come out."""
    one = {"w": torch.tensor([0.5, 4.0])}
    found = f([None, one, None], [30, 10, 70])
    return same(torch.as_tensor(found["w"]).float(), one["w"])


def _there(updates, counts):
    pairs = zip(updates, counts, strict=True)
    return [(update, n) for update, n in pairs if update is not None]


def _weighted(there, total):
    return {
        name: torch.stack([n * update[name] for update, n in there]).sum(0) / total
        for name in there[0][0]
    }


@exercise.mistake(hint="idea")
def every_client_alike(updates, counts):
    """You give every client the same weight. One with few pictures then counts as much
    as one with many: weight by the counts."""
    there = [(update, 1) for update, _ in _there(updates, counts)]
    return _weighted(there, len(there))


@exercise.mistake(hint="idea")
def absent_ones_in_the_total(updates, counts):
    """You divide by the pictures of all clients, the absent ones included. The average
    then shrinks towards 0: count only those that answered."""
    return _weighted(_there(updates, counts), sum(counts))


@exercise.mistake(hint="formula")
def not_divided(updates, counts):
    """You return the sum. Divide it by the number of pictures of those that
    answered."""
    return _weighted(_there(updates, counts), 1)


@exercise.mistake(hint="formula")
def divided_by_the_clients(updates, counts):
    """You weight by the counts and divide by the number of clients. The weights have to
    sum to 1."""
    there = _there(updates, counts)
    return _weighted(there, len(there))


@exercise.mistake(hint="formula")
def counts_shifted(updates, counts):
    """You leave out the absent clients before you pair updates with counts. The others
    then get each other's counts: pair first."""
    present = [update for update in updates if update is not None]
    there = list(zip(present, counts, strict=False))
    return _weighted(there, sum(n for _, n in there))


@exercise.mistake(hint="idea")
def the_largest_client(updates, counts):
    """You take the weights of the largest client. All that answered count."""
    best = max(_there(updates, counts), key=lambda pair: pair[1])[0]
    return {name: value.clone() for name, value in best.items()}


@exercise.mistake(hint="idea")
def smaller_ones_count_more(updates, counts):
    """You weight by one over the counts, so clients with few pictures count most.
    Weight by the counts."""
    there = [(update, 1 / n) for update, n in _there(updates, counts)]
    return _weighted(there, sum(n for _, n in there))


@exercise.mistake(hint="formula")
def squares_of_the_counts(updates, counts):
    """You weight by the squares of the counts. A picture should count alike at every
    client: weight by the counts."""
    there = [(update, n * n) for update, n in _there(updates, counts)]
    return _weighted(there, sum(n for _, n in there))


@exercise.mistake(hint="idea")
def first_name_only(updates, counts):
    """You average the first tensor only and keep the rest of one client. All names are
    averaged."""
    there = _there(updates, counts)
    whole = _weighted(there, sum(n for _, n in there))
    first = next(iter(whole))
    return {**{k: v.clone() for k, v in there[0][0].items()}, first: whole[first]}


@exercise.mistake(hint="idea")
def median(updates, counts):
    """You take the median of the clients. The average weights them by their
    pictures."""
    there = _there(updates, counts)
    return {
        name: torch.stack([update[name] for update, _ in there]).quantile(0.5, dim=0)
        for name in there[0][0]
    }
