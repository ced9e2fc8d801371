"""Exercise on the accuracy of the nearest neighbour (1-NNA)."""

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "16.nearest_accuracy",
    order=92,
    title="Which set is it from?",
    difficulty=3,
    minutes=12,
    asks="method",
    idea="Put both sets together. Each shape looks for its nearest neighbour among all"
    " others, and guesses that it is from the same set.",
    formula="Join the distances to one square of side N + M, set its diagonal to"
    " infinity, and take the argmin of each row. The accuracy is the share of all N + M"
    " rows whose argmin lies in the set of the row.",
    line="Write `every = torch.cat([torch.cat([among, between], 1),"
    " torch.cat([between.mT, real], 1)])`, `every = every.clone().fill_diagonal_("
    "torch.inf)` and `made = torch.arange(len(every)) < len(among)`, then `return"
    " float((made[every.argmin(1)] == made).double().mean())`.",
    variation="Let each shape ask three neighbours, and follow the majority of them.",
)


@exercise.answer
def nearest_accuracy(among: Tensor, between: Tensor, real: Tensor) -> float:
    """1-NNA: the share of all shapes whose nearest other shape is of their own set.

    among [N, N]: distances of the generated shapes from each other. between [N, M]:
    from the generated to the real ones. real [M, M]: of the real ones from each other.
    """
    every = torch.cat(
        [torch.cat([among, between], 1), torch.cat([between.mT, real], 1)]
    )
    every = every.clone().fill_diagonal_(torch.inf)  # nothing is its own neighbour
    made = torch.arange(len(every)) < len(among)
    return float((made[every.argmin(1)] == made).double().mean())


Case = tuple[Tensor, Tensor, Tensor]


def squares(made: Tensor, real: Tensor) -> Case:
    """Squared distances among, between and within sets of points [N, 2] and [M, 2]."""
    return tuple(  # type: ignore[return-value]
        (a[:, None] - b).square().sum(-1)  # `cdist` may leave a diagonal above 0
        for a, b in ((made, made), (made, real), (real, real))
    )


@exercise.inputs
def cases() -> list[Case]:
    a, b, c = torch.randn(30, 2), torch.randn(24, 2), torch.randn(17, 2)
    return [
        squares(a, b),
        squares(b, a),
        squares(a + torch.tensor([1.5, 0.0]), b),
        squares(0.1 * c, a),
        squares(a, 0.3 * c),
        squares(a[:24] + 1e-3, a[:24]),
        squares(torch.cat([b[:12], c]), a),
    ]


@exercise.must_hold
def copies_are_found(f) -> bool:
    """Where each generated shape is a near copy of a real one, the accuracy is 0."""
    a = 5 * torch.randn(20, 3)
    return abs(float(f(*squares(a, a + 1e-3 * torch.randn(20, 3))))) < 1e-6


@exercise.must_hold
def exact_copies_as_well(f) -> bool:
    """Exact copies are at distance 0, and they are not the shape itself: the accuracy
    is 0 here, too."""
    a = torch.randn(12, 3)
    return abs(float(f(*squares(a, a)))) < 1e-6


@exercise.must_hold
def sets_far_apart_are_told_apart(f) -> bool:
    """Where the two sets lie far from each other, the accuracy is 1."""
    a, b = torch.randn(15, 2), torch.randn(22, 2) + 100
    return abs(float(f(*squares(a, b))) - 1) < 1e-6


@exercise.must_hold
def arguments_stay_as_they_are(f) -> bool:
    """The distances that were handed over are not changed."""
    given = squares(torch.randn(8, 2), torch.randn(9, 2))
    before = [one.clone() for one in given]
    f(*given)
    return all(torch.equal(a, b) for a, b in zip(given, before, strict=True))


def _joined(among: Tensor, between: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
    top, bottom = torch.cat([among, between], 1), torch.cat([between.mT, real], 1)
    every = torch.cat([top, bottom]).clone().fill_diagonal_(torch.inf)
    return every, torch.arange(len(every)) < len(among)


def _right(every: Tensor, made: Tensor) -> Tensor:
    return (made[every.argmin(1)] == made).double()


@exercise.mistake(hint="idea")
def own_neighbour(among, between, real):
    """Each shape finds itself as its nearest neighbour, at distance 0, so the accuracy
    is 1 for any sets. Set the diagonal to infinity."""
    return 1.0


@exercise.mistake(hint="formula")
def generated_alone(among, between, real):
    """You ask the generated shapes alone. Ask all N + M shapes: a generator that
    draws few different shapes shows mainly in one of the two sets."""
    every, made = _joined(among, between, real)
    return float(_right(every, made)[made].mean())


@exercise.mistake(hint="formula")
def real_alone(among, between, real):
    """You ask the real shapes alone. Ask all N + M shapes."""
    every, made = _joined(among, between, real)
    return float(_right(every, made)[~made].mean())


@exercise.mistake(hint="formula")
def mean_of_both(among, between, real):
    """You average the accuracies of the two sets. Each of the N + M shapes counts
    once, so where N and M differ the larger set counts more."""
    every, made = _joined(among, between, real)
    right = _right(every, made)
    return float((right[made].mean() + right[~made].mean()) / 2)


@exercise.mistake(hint="idea")
def error_rate(among, between, real):
    """You return the share of shapes whose nearest neighbour is of the other set. The
    accuracy is 1 minus that."""
    every, made = _joined(among, between, real)
    return 1 - float(_right(every, made).mean())


@exercise.mistake(hint="idea")
def farthest(among, between, real):
    """You look for the farthest shape. The nearest has the smallest distance:
    `argmin`."""
    every, made = _joined(among, between, real)
    every = every.clone().fill_diagonal_(-torch.inf)
    return float((made[every.argmax(1)] == made).double().mean())


@exercise.mistake(hint="idea")
def by_mean_distance(among, between, real):
    """You compare mean distances to the two sets. The measure asks the single nearest
    neighbour, so that sets with several groups are judged correctly."""
    n, m = between.shape
    own_made = among.sum(1) / (n - 1) < between.mean(1)
    own_real = real.sum(1) / (m - 1) < between.mean(0)
    return float(torch.cat([own_made, own_real]).double().mean())


@exercise.mistake(hint="line")
def in_per_cent(among, between, real):
    """You return per cent. A share between 0 and 1 is asked for."""
    every, made = _joined(among, between, real)
    return 100 * float(_right(every, made).mean())


@exercise.mistake(hint="line")
def a_count(among, between, real):
    """You return how many shapes guess correctly. Divide by N + M."""
    every, made = _joined(among, between, real)
    return float(_right(every, made).sum())


@exercise.mistake(hint="idea")
def distance_from_half(among, between, real):
    """You return how far the accuracy is from one half. Return the accuracy itself:
    below one half it means copies, above it differences."""
    every, made = _joined(among, between, real)
    return abs(float(_right(every, made).mean()) - 0.5)


@exercise.mistake(hint="formula")
def real_ones_find_themselves(among, between, real):
    """Each real shape finds itself, at distance 0. Set the diagonal of both tables to
    infinity, not of the generated shapes alone."""
    every, made = _joined(among, between, real)
    return float(torch.where(made, _right(every, made), 1.0).mean())


@exercise.mistake(hint="formula")
def sets_of_equal_size(among, between, real):
    """You take one half of all shapes as generated. There are N generated and M real
    shapes, and N and M may differ."""
    every, made = _joined(among, between, real)
    return float(_right(every, torch.arange(len(every)) < len(every) // 2).mean())
