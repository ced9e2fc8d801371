"""Exercise on the Jensen-Shannon divergence of two lists of probabilities."""

import math

import numpy as np
import torch
from numpy.typing import NDArray

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Array = NDArray[np.float64]


exercise = Exercise(
    "02.jensen_shannon",
    order=50,
    title="How far apart",
    difficulty=3,
    minutes=12,
    asks="formula",
    idea="Both are compared with their middle m = (p + q)/2, which is above"
    " 0 wherever one of them is.",
    formula="JS = 1/2 sum p log(p/m) + 1/2 sum q log(q/m), with 0 log 0 = 0.",
    line="Write `kl = lambda a, m: np.sum(a[a > 0] * np.log(a[a > 0] / m[a > 0]))`,"
    " `m = (p + q) / 2` and `return (kl(p, m) + kl(q, m)) / 2`.",
    variation="Test on three random distributions whether the root of JS keeps the"
    " triangle inequality, and whether JS itself does.",
)


@exercise.answer
def jensen_shannon(p: Array, q: Array) -> float:
    """JS(p, q) in nats of two lists of probabilities [n], each of sum 1 (Lin 1991)."""

    def kl(a: Array, b: Array) -> float:
        some = a > 0  # 0 log 0 = 0
        return float((a[some] * np.log(a[some] / b[some])).sum())

    m = (p + q) / 2
    return (kl(p, m) + kl(q, m)) / 2


@exercise.inputs
def some_lists() -> list[tuple[Array, Array]]:
    p, q = torch.rand(2, 8, dtype=torch.float64).softmax(1).numpy()
    r = torch.softmax(3 * torch.rand(8, dtype=torch.float64), 0).numpy().copy()
    r[:2] = 0
    return [(p, q), (p, r / r.sum()), (r / r.sum(), q)]


@exercise.must_hold
def zero_for_equals(f) -> bool:
    """The divergence of a list from itself is 0."""
    p = np.array([0.2, 0.5, 0.0, 0.3])
    return bool(abs(f(p, p.copy())) < 1e-9)


@exercise.must_hold
def log_2_apart(f) -> bool:
    """Where the two never overlap it is log 2 = 0.6931, however they lie."""
    left, right = np.array([0.5, 0.5, 0.0, 0.0]), np.array([0.0, 0.0, 0.1, 0.9])
    return same(float(f(left, right)), math.log(2))


@exercise.must_hold
def symmetric(f) -> bool:
    """JS(p, q) = JS(q, p)."""
    p, q = np.array([0.2, 0.5, 0.3]), np.array([0.7, 0.1, 0.2])
    return same(float(f(p, q)), float(f(q, p)))


@exercise.mistake(hint="idea")
def both_kls(p: Array, q: Array) -> float:
    """You compare p with q directly, once each way. That sum is infinite as soon as one
    of them is 0 where the other is not; JS goes through the middle and stays below
    log 2."""
    with np.errstate(divide="ignore", invalid="ignore"):
        there = np.where(p > 0, p * np.log(p / q), 0).sum()
        back = np.where(q > 0, q * np.log(q / p), 0).sum()
    return float(there + back) / 2


@exercise.mistake(hint="formula")
def sum_for_middle(p: Array, q: Array) -> float:
    """You compare with p + q, which has the sum 2. The middle is half of that; without
    the half everything is lower by log 2."""
    return jensen_shannon(p, q) - math.log(2)


@exercise.mistake(hint="formula")
def not_halved(p: Array, q: Array) -> float:
    """Twice too large: JS is the *mean* of the two divergences from the middle. The
    factor 2 stands in front of JS in the generator's cost."""
    return 2 * jensen_shannon(p, q)


@exercise.mistake(hint="idea")
def one_sided(p: Array, q: Array) -> float:
    """You compare only p with the middle; then p and q are not treated alike. Add the
    divergence of q from the middle and halve the sum."""
    some, m = p > 0, (p + q) / 2
    return float((p[some] * np.log(p[some] / m[some])).sum())


@exercise.mistake(hint="line")
def nan_at_zero(p: Array, q: Array) -> float:
    """Right as long as no probability is 0: there 0 log 0 becomes NaN. Its limit is 0,
    so leave those places out of the sum."""
    m = (p + q) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        return float((p * np.log(p / m) + q * np.log(q / m)).sum() / 2)


@exercise.mistake(hint="formula")
def in_bits(p: Array, q: Array) -> float:
    """Your unit is the bit, so that the largest value is 1. Take natural logarithms;
    the largest is then log 2."""
    return jensen_shannon(p, q) / math.log(2)


@exercise.mistake(hint="formula")
def averaged_over_places(p: Array, q: Array) -> float:
    """You take the mean over the places. The probabilities are the weights already:
    sum."""
    return jensen_shannon(p, q) / len(p)


@exercise.mistake(hint="idea")
def its_root(p: Array, q: Array) -> float:
    """This is the Jensen-Shannon *distance*, the root of the divergence, which
    `scipy.spatial.distance.jensenshannon` returns. Square it."""
    return math.sqrt(jensen_shannon(p, q))


@exercise.mistake(hint="formula")
def from_the_middle(p: Array, q: Array) -> float:
    """Your averages run under the middle m, and they are infinite where p or q is 0. JS
    averages under p and under q: KL(p || m) and KL(q || m)."""
    m = (p + q) / 2
    with np.errstate(divide="ignore"):
        parts = [np.log(m[m > 0] / a[m > 0]) for a in (p, q)]
    return float(m[m > 0] @ (parts[0] + parts[1])) / 2


@exercise.mistake(hint="idea")
def geometric_middle(p: Array, q: Array) -> float:
    """Your middle is the root of p q, which is 0 where one of them is 0 and makes the
    result infinite. The middle is (p + q)/2."""
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.where((p > 0) | (q > 0), np.log(p) - np.log(q), 0)
        return (
            float(np.where(p > 0, p * gap, 0).sum() - np.where(q, q * gap, 0).sum()) / 4
        )


@exercise.mistake(hint="idea")
def overlap_alone(p: Array, q: Array) -> float:
    """You leave out the places where only one of them is above 0, so two that never
    overlap have the distance 0. Those places count most: leave out only the terms with
    0 log 0."""
    both = (p > 0) & (q > 0)
    m = (p + q) / 2
    gains = p[both] * np.log(p[both] / m[both]) + q[both] * np.log(q[both] / m[both])
    return float(gains.sum()) / 2


@exercise.mistake(hint="line")
def bracket_missing(p: Array, q: Array) -> float:
    """`p + q / 2` halves q only. The middle needs brackets: (p + q) / 2."""
    m = p + q / 2

    def part(a: Array) -> float:
        return float((a[a > 0] * np.log(a[a > 0] / m[a > 0])).sum())

    return (part(p) + part(q)) / 2


@exercise.mistake(hint="formula")
def generators_cost(p: Array, q: Array) -> float:
    """This is the generator's cost -log 4 + 2 JS of (2.14). JS alone is asked for."""
    return 2 * jensen_shannon(p, q) - math.log(4)
