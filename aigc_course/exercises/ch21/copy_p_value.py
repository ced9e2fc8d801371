"""Exercise on a test for copies whose threshold was itself measured."""

import math
from collections.abc import Callable, Sequence
from math import comb
from typing import Any

import torch

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "21.copy_p_value",
    order=90,
    title="Are there too many near-copies?",
    difficulty=4,
    minutes=25,
    asks="derive",
    idea="If samples and unseen images have one distribution, all orders of the n + m"
    " scores are equally probable. Count the orders in which at least k of the samples"
    " stand before the r-th unseen image.",
    formula="P(exactly i) = C(i + r - 1, i) C(n - i + m - r, n - i) / C(n + m, n). Sum"
    " it from i = k to n. k is the number of samples below the r-th smallest score of"
    " the unseen images.",
    line="Write `from math import comb`, then `limit = sorted(float(u) for u in"
    " unseen)[rank - 1]`, then `k = sum(float(s) < limit for s in samples)`, then `n, m"
    " = len(samples), len(unseen)`, then `ways = sum(comb(i + rank - 1, i) * comb(n - i"
    " + m - rank, n - i) for i in range(k, n + 1))`, then `return ways / comb(n + m,"
    " n)`.",
    variation="Compare with the binomial p-value for n = m = 100 and r = 1. Say how"
    " often it accuses honest samples at 5 %.",
)


@exercise.answer
def copy_p_value(samples: Sequence[float], unseen: Sequence[float], rank: int) -> float:
    """The probability of so many near-copies, or more, if nothing was copied.

    samples, unseen: how close each sample and each unseen real image is to the training
    set; a low score is close. The limit is the rank-th smallest score of the unseen
    images, and a sample below it is a near-copy. No two scores are equal.
    """
    limit = sorted(float(u) for u in unseen)[rank - 1]
    k = sum(float(s) < limit for s in samples)
    n, m = len(samples), len(unseen)
    # i samples and rank - 1 unseen images in any order, then the limit, then the others
    ways = sum(
        comb(i + rank - 1, i) * comb(n - i + m - rank, n - i) for i in range(k, n + 1)
    )
    return ways / comb(n + m, n)


def scores(n: int, m: int, copies: int, seed: int) -> tuple[list[float], list[float]]:
    """Closeness of n samples, `copies` of them close to 0, and of m unseen images."""
    drawn = torch.Generator().manual_seed(seed)
    own = torch.rand(n, generator=drawn, dtype=torch.float64)
    own[:copies] *= 0.02
    unseen = torch.rand(m, generator=drawn, dtype=torch.float64)
    return own.tolist(), unseen.tolist()


@exercise.inputs
def sets() -> list[tuple[list[float], list[float], int]]:
    return [
        (*scores(20, 30, 3, 1), 2),
        (*scores(60, 40, 0, 2), 4),
        (*scores(15, 80, 2, 3), 1),
        ([0.5, 0.6, 0.7], [0.1, 0.9, 0.95], 1),
        ([0.5, 0.6, 0.05], [0.1, 0.9, 0.95], 1),
        (*scores(40, 60, 6, 5), 6),
    ]


@exercise.must_hold
def none_below_is_no_sign(f: Callable[..., Any]) -> bool:
    """If no sample lies below the limit, the probability is 1."""
    return same(float(f([0.5, 0.6], [0.1, 0.2, 0.3], 1)), 1.0)


@exercise.must_hold
def the_smallest_of_all(f: Callable[..., Any]) -> bool:
    """That the smallest of n + m scores is a sample has probability n / (n + m)."""
    return same(float(f([0.1, 0.6, 0.7], [0.2, 0.8], 1)), 3 / 5)


@exercise.must_hold
def orders_are_equally_probable(f: Callable[..., Any]) -> bool:
    """The p-value is at most 5 % in 5 % of honest cases or fewer, by counting."""
    n, m, rank = 6, 7, 2
    # the i samples below the limit, and in how many of the orders there are i
    honest = 0.0
    for i in range(n + 1):
        share = comb(i + rank - 1, i) * comb(n - i + m - rank, n - i) / comb(n + m, n)
        samples = [0.2 + j / 1000 for j in range(i)] + [
            0.9 + j / 1000 for j in range(n - i)
        ]
        unseen = [0.1, 0.5] + [0.8 + j / 1000 for j in range(m - 2)]
        if float(f(samples, unseen, rank)) <= 0.05:
            honest += share
    return honest <= 0.05


def _count(samples, unseen, rank) -> tuple[int, int, int]:
    limit = sorted(unseen)[rank - 1]
    return sum(s < limit for s in samples), len(samples), len(unseen)


def _binomial(k: int, n: int, p: float) -> float:
    return sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))


def _tail(k: int, n: int, m: int, r: int) -> float:
    ways = sum(comb(i + r - 1, i) * comb(n - i + m - r, n - i) for i in range(k, n + 1))
    return ways / comb(n + m, n)


@exercise.mistake(hint="idea")
def binomial(samples, unseen, rank):
    """You take the share below the limit as exactly rank / m. The limit was measured on
    m images and varies itself, so this accuses honest samples too often."""
    k, n, m = _count(samples, unseen, rank)
    return _binomial(k, n, rank / m)


@exercise.mistake(hint="idea")
def binomial_with_one_more(samples, unseen, rank):
    """You take the share below the limit as exactly rank / (m + 1). That is its mean,
    and the share varies around it: count orders instead."""
    k, n, m = _count(samples, unseen, rank)
    return _binomial(k, n, rank / (m + 1))


@exercise.mistake(hint="formula")
def more_and_not_as_many(samples, unseen, rank):
    """You leave out the case of exactly as many near-copies as were seen. A p-value is
    the probability of so many or more."""
    k, n, m = _count(samples, unseen, rank)
    return _tail(k + 1, n, m, rank)


@exercise.mistake(hint="formula")
def exactly_as_many(samples, unseen, rank):
    """You give the probability of exactly this number. Add the cases with more."""
    k, n, m = _count(samples, unseen, rank)
    return _tail(k, n, m, rank) - _tail(k + 1, n, m, rank)


@exercise.mistake(hint="formula")
def fewer_for_more(samples, unseen, rank):
    """You give the probability of so few. Copies make the number large: sum over so
    many or more."""
    k, n, m = _count(samples, unseen, rank)
    return 1 - _tail(k + 1, n, m, rank)


@exercise.mistake(hint="line")
def rank_from_zero(samples, unseen, rank):
    """Your limit is one place too far. The rank-th smallest score stands at place
    rank - 1 of the sorted list."""
    limit = sorted(unseen)[rank]
    k = sum(s < limit for s in samples)
    return _tail(k, len(samples), len(unseen), rank)


@exercise.mistake(hint="formula")
def sets_exchanged(samples, unseen, rank):
    """You exchanged the two sets. The limit comes from the unseen images, and the
    samples are counted."""
    k, m, n = _count(unseen, samples, min(rank, len(samples)))
    return _tail(k, m, n, min(rank, len(samples)))


@exercise.mistake(hint="idea")
def hypergeometric(samples, unseen, rank):
    """You count the limit among the places that a sample may take. It is always an
    unseen image: only the k + rank - 1 places before it are random."""
    k, n, m = _count(samples, unseen, rank)
    below = k + rank
    ways = sum(comb(n, i) * comb(m, below - i) for i in range(k, min(n, below) + 1))
    return ways / comb(n + m, below)


@exercise.mistake(hint="formula")
def limit_among_the_early(samples, unseen, rank):
    """You let the limit itself stand anywhere among the first ones. It is the last of
    them: i samples and rank - 1 unseen images come before it in any order."""
    k, n, m = _count(samples, unseen, rank)
    ways = sum(
        comb(i + rank, i) * comb(n - i + m - rank, n - i) for i in range(k, n + 1)
    )
    return ways / comb(n + m, n)


@exercise.mistake(hint="idea")
def share_of_near_copies(samples, unseen, rank):
    """You return the share of near-copies. The question is how probable so many are
    without copying."""
    k, n, _ = _count(samples, unseen, rank)
    return k / n


@exercise.mistake(hint="idea")
def poisson(samples, unseen, rank):
    """You let the number be Poisson with mean n · rank / m. The limit was measured and
    varies itself, so the number varies more: count orders."""
    k, n, m = _count(samples, unseen, rank)
    mean = n * rank / m
    return 1 - sum(math.exp(-mean) * mean**i / math.factorial(i) for i in range(k))
