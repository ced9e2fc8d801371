"""Exercise on whether samples come from the weights beside them."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

Statistic = Callable[[Tensor, Tensor], float]

exercise = Exercise(
    "21.permutation_p",
    order=100,
    title="Do these weights draw these samples?",
    difficulty=3,
    minutes=20,
    asks="method",
    idea="If both sets come from one distribution, it does not matter which of all"
    " samples are called a. So call others a, and see what the statistic becomes.",
    formula="Put both sets into one, permute it, cut it at len(a), and compute the"
    " statistic. p = (1 + number of permutations with at least the observed value) / (1"
    " + rounds).",
    line="Write `both, observed, least = torch.cat([a, b]), statistic(a, b), 1`, then"
    " `for _ in range(rounds):`, `    mixed = both[torch.randperm(len(both),"
    " generator=generator)]`, `    least += bool(statistic(mixed[:len(a)],"
    " mixed[len(a):]) >= observed)` and `return least / (1 + rounds)`.",
    variation="Use the accuracy of a classifier as the statistic. Say how many rounds"
    " you can afford.",
    agree=False,
)


@exercise.answer
def permutation_p(
    a: Tensor, b: Tensor, statistic: Statistic, rounds: int, generator: torch.Generator
) -> float:
    """The p-value of a permutation test that a [n, d] and b [m, d] are drawn alike.

    statistic(a, b): a number that is larger the more the two sets differ. It is
    computed for `rounds` random permutations of all n + m rows, with numbers from the
    generator, and the observed value counts as one more permutation.
    """
    both, observed = torch.cat([a, b]), statistic(a, b)
    least = 1  # the observed order is one of the orders
    for _ in range(rounds):
        mixed = both[torch.randperm(len(both), generator=generator)]
        least += bool(statistic(mixed[: len(a)], mixed[len(a) :]) >= observed)
    return least / (1 + rounds)


def gap(a: Tensor, b: Tensor) -> float:
    """Distance between the means of two sets."""
    return float((a.mean(0) - b.mean(0)).norm())


def above(a: Tensor, b: Tensor) -> int:
    """How many more of b than of a lie to the right of 0: a whole number."""
    return abs(int((b[:, 0] > 0).sum()) - int((a[:, 0] > 0).sum()))


def drawn(n: int, m: int, shift: float, seed: int) -> tuple[Tensor, Tensor]:
    """n and m points of the plane, the second set moved."""
    source = torch.Generator().manual_seed(seed)
    return (
        torch.randn(n, 2, generator=source),
        torch.randn(m, 2, generator=source) + shift,
    )


def seeded(seed: int = 0) -> torch.Generator:
    """A generator of its own."""
    return torch.Generator().manual_seed(seed)


@exercise.inputs
def sets() -> list[tuple[Tensor, Tensor, Statistic, int, torch.Generator]]:
    return [
        (*drawn(30, 20, 0.0, 1), gap, 39, seeded(1)),
        (*drawn(30, 20, 2.0, 2), gap, 39, seeded(2)),
        (*drawn(8, 40, 0.7, 3), gap, 39, seeded(3)),
        (*drawn(40, 8, 0.3, 4), gap, 39, seeded(4)),
        (*drawn(9, 7, 0.0, 5), above, 39, seeded(5)),
    ]


@exercise.must_hold
def clearly_different_sets(f: Callable[..., Any]) -> bool:
    """For sets far apart no permutation reaches the observed value, so p is 1 / (1 +
    rounds)."""
    p = float(f(*drawn(30, 20, 9.0, 5), gap, 49, seeded()))
    return abs(p - 1 / 50) < 1e-6


@exercise.must_hold
def equal_values_count(f: Callable[..., Any]) -> bool:
    """If all permutations give the observed value, p is 1."""
    p = float(f(*drawn(12, 9, 0.0, 6), lambda a, b: 3.0, 19, seeded()))
    return abs(p - 1) < 1e-6


@exercise.must_hold
def sizes_are_kept(f: Callable[..., Any]) -> bool:
    """The statistic gets as many samples on each side as at first, each of them
    once."""
    a, b = drawn(7, 11, 0.0, 7)
    whole = torch.cat([a, b]).sum(1).sort().values
    seen = []

    def look(x: Tensor, y: Tensor) -> float:
        mixed = torch.cat([x, y]).sum(1).sort().values
        kept = mixed.shape == whole.shape and torch.allclose(mixed, whole)
        seen.append(len(x) == 7 and len(y) == 11 and bool(kept))
        return gap(x, y)

    f(a, b, look, 10, seeded())
    return all(seen) and len(seen) >= 10


@exercise.must_hold
def each_round_has_its_own_order(f: Callable[..., Any]) -> bool:
    """Each round looks at a new random division of the rows."""
    seen = set()

    def look(x: Tensor, y: Tensor) -> float:
        seen.add(tuple(x[:, 0].sort().values.tolist()))
        return gap(x, y)

    f(*drawn(7, 11, 0.0, 10), look, 20, seeded())
    return len(seen) >= 15


@exercise.must_hold
def every_row_can_change_sides(f: Callable[..., Any]) -> str | None:
    """Each row of b stands on the first side in some rounds."""
    a, b = drawn(7, 11, 0.0, 12)
    seen = set[float]()

    def look(x: Tensor, y: Tensor) -> float:
        seen.update(x[:, 0].tolist())
        return gap(x, y)

    f(a, b, look, 60, seeded())
    if never := sum(value not in seen for value in b[:, 0].tolist()):
        return (
            "In 60 rounds each row of b stands on the first side at least once. In"
            f" yours {never} of 11 rows never do: put all rows together and permute"
            " them."
        )
    return None


@exercise.must_hold
def alike_sets_are_rarely_accused(f: Callable[..., Any]) -> bool:
    """For sets that are drawn alike, p is spread evenly between 0 and 1."""
    ps = [float(f(*drawn(9, 7, 0.0, 100 + i), gap, 19, seeded(i))) for i in range(60)]
    small = sum(p <= 0.25 for p in ps) / len(ps)
    mean = sum(ps) / len(ps)
    return 0.1 <= small <= 0.45 and 0.35 <= mean <= 0.7


@exercise.must_hold
def the_sign_of_the_statistic_counts(f: Callable[..., Any]) -> bool:
    """A statistic far below those of the permutations does not accuse."""

    def alike(x: Tensor, y: Tensor) -> float:
        return -gap(x, y)

    return abs(float(f(*drawn(20, 20, 9.0, 8), alike, 29, seeded())) - 1) < 1e-6


@exercise.must_hold
def arguments_stay_as_they_are(f: Callable[..., Any]) -> bool:
    """The two sets are not changed."""
    a, b = drawn(6, 5, 0.0, 9)
    before = a.clone(), b.clone()
    f(a, b, gap, 9, seeded())
    return bool(torch.equal(a, before[0]) and torch.equal(b, before[1]))


@exercise.must_hold
def the_generator_decides(f: Callable[..., Any]) -> bool:
    """The same generator state gives the same p, whatever the global seed is."""
    torch.manual_seed(1)
    first = [float(f(*drawn(9, 9, 0.4, i), gap, 29, seeded(3))) for i in range(4)]
    torch.manual_seed(2)
    again = [float(f(*drawn(9, 9, 0.4, i), gap, 29, seeded(3))) for i in range(4)]
    return first == again


def _least(a, b, statistic, rounds, order) -> int:
    both, observed = torch.cat([a, b]), statistic(a, b)
    total = 0
    for _ in range(rounds):
        mixed = both[order(len(both))]
        total += bool(statistic(mixed[: len(a)], mixed[len(a) :]) >= observed)
    return total


@exercise.mistake(hint="formula")
def observed_not_counted(a, b, statistic, rounds, generator):
    """You leave out the observed order, so that p can be 0. Count it as one more
    permutation, above and below."""
    order = lambda n: torch.randperm(n, generator=generator)  # noqa: E731
    return _least(a, b, statistic, rounds, order) / rounds


@exercise.mistake(hint="formula")
def one_above_only(a, b, statistic, rounds, generator):
    """You count the observed order above and not below, so that p can be larger than
    1. Divide by 1 + rounds."""
    order = lambda n: torch.randperm(n, generator=generator)  # noqa: E731
    return (1 + _least(a, b, statistic, rounds, order)) / rounds


@exercise.mistake(hint="idea")
def with_replacement(a, b, statistic, rounds, generator):
    """You draw rows with replacement, which is the bootstrap. A permutation uses each
    row exactly once."""
    order = lambda n: torch.randint(n, (n,), generator=generator)  # noqa: E731
    return (1 + _least(a, b, statistic, rounds, order)) / (1 + rounds)


@exercise.mistake(hint="idea")
def each_set_by_itself(a, b, statistic, rounds, generator):
    """You permute each set by itself. The two sets stay what they were: put all rows
    together before you permute."""
    observed, least = statistic(a, b), 1
    for _ in range(rounds):
        x = a[torch.randperm(len(a), generator=generator)]
        y = b[torch.randperm(len(b), generator=generator)]
        least += bool(statistic(x, y) >= observed - 1e-6)
    return least / (1 + rounds)


@exercise.mistake(hint="formula")
def smaller_counted(a, b, statistic, rounds, generator):
    """You count the permutations whose statistic is smaller. A large statistic speaks
    against equality: count those that are at least as large."""
    both, observed, least = torch.cat([a, b]), statistic(a, b), 1
    for _ in range(rounds):
        mixed = both[torch.randperm(len(both), generator=generator)]
        least += bool(statistic(mixed[: len(a)], mixed[len(a) :]) <= observed)
    return least / (1 + rounds)


@exercise.mistake(hint="formula")
def equal_values_left_out(a, b, statistic, rounds, generator):
    """You count only permutations with a larger statistic. Those with the same value
    count as well, or a constant statistic would accuse."""
    both, observed, least = torch.cat([a, b]), statistic(a, b), 1
    for _ in range(rounds):
        mixed = both[torch.randperm(len(both), generator=generator)]
        least += bool(statistic(mixed[: len(a)], mixed[len(a) :]) > observed)
    return least / (1 + rounds)


@exercise.mistake(hint="formula")
def cut_in_the_middle(a, b, statistic, rounds, generator):
    """You cut the permuted rows in the middle. The sets may have different sizes: cut
    at len(a)."""
    both, observed, least = torch.cat([a, b]), statistic(a, b), 1
    half = len(both) // 2
    for _ in range(rounds):
        mixed = both[torch.randperm(len(both), generator=generator)]
        least += bool(statistic(mixed[:half], mixed[half:]) >= observed)
    return least / (1 + rounds)


@exercise.mistake(hint="idea")
def global_numbers(a, b, statistic, rounds, generator):
    """You permute with the global random numbers. Pass `generator=generator`, so that
    the same verdict can be computed again."""
    return (1 + _least(a, b, statistic, rounds, torch.randperm)) / (1 + rounds)


@exercise.mistake(hint="idea")
def doubled(a, b, statistic, rounds, generator):
    """You double p, as for two sides. The statistic is large for every kind of
    difference, so one side is enough."""
    p = permutation_p(a, b, statistic, rounds, generator)
    return min(1.0, 2 * p)


@exercise.mistake(hint="idea")
def labels_turned_only(a, b, statistic, rounds, generator):
    """You permute the columns and not the rows. What is exchanged is which sample
    belongs to which set."""
    observed, least = statistic(a, b), 1
    for _ in range(rounds):
        order = torch.randperm(a.shape[1], generator=generator)
        least += bool(statistic(a[:, order], b[:, order]) >= observed - 1e-6)
    return least / (1 + rounds)


@exercise.mistake(hint="idea")
def one_order_for_all(a, b, statistic, rounds, generator):
    """You use the same order in every round. Draw a new permutation inside the loop,
    from the generator that goes on."""
    kept = torch.randperm(len(a) + len(b), generator=generator)
    return (1 + _least(a, b, statistic, rounds, lambda n: kept)) / (1 + rounds)


@exercise.mistake(hint="formula")
def sizes_left_to_chance(a, b, statistic, rounds, generator):
    """You decide for each row alone on which side it stands. The sizes then vary: each
    permutation has len(a) rows on the first side."""
    both, observed, least = torch.cat([a, b]), statistic(a, b), 1
    for _ in range(rounds):
        mine = torch.rand(len(both), generator=generator) < len(a) / len(both)
        least += bool(statistic(both[mine], both[~mine]) >= observed)
    return least / (1 + rounds)


@exercise.mistake(hint="idea")
def against_the_old_b(a, b, statistic, rounds, generator):
    """You compare the new first set with the old b. Its rows stand on both sides then:
    take the rows that are left over."""
    both, observed, least = torch.cat([a, b]), statistic(a, b), 1
    for _ in range(rounds):
        mixed = both[torch.randperm(len(both), generator=generator)]
        least += bool(statistic(mixed[: len(a)], b) >= observed)
    return least / (1 + rounds)


@exercise.mistake(hint="idea")
def row_against_row(a, b, statistic, rounds, generator):
    """You exchange row i of a with row i of b only, as for pairs. The two sets have no
    pairs: put all rows together and permute them."""
    observed, least, n = statistic(a, b), 1, min(len(a), len(b))
    for _ in range(rounds):
        turned = torch.rand(n, generator=generator) < 0.5
        x, y = a.clone(), b.clone()
        x[:n][turned], y[:n][turned] = b[:n][turned], a[:n][turned]
        least += bool(statistic(x, y) >= observed)
    return least / (1 + rounds)
