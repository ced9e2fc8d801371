"""Exercise on how wide the tolerance of a test with random numbers has to be."""

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "20.tolerance",
    order=60,
    title="A test that does not accuse by chance",
    difficulty=3,
    minutes=12,
    asks="derive",
    idea="The mean of n draws is nearly normal with standard deviation std / √n. Ask"
    " how far from its expectation it may lie, on either side, with the given"
    " probability.",
    formula="One comparison may fail with probability α = rate / comparisons, half of"
    " it on each side. So t = Φ⁻¹(1 - α/2) · std / √n, and"
    " `statistics.NormalDist().inv_cdf` is Φ⁻¹.",
    line="Write `from statistics import NormalDist`, then `alpha = rate / comparisons`,"
    " then `return NormalDist().inv_cdf(1 - alpha / 2) * std / n**0.5`.",
    variation="Say how large n has to be for a bug that shifts the mean by 0.1 std to"
    " be found with probability 0.99.",
)


@exercise.answer
def tolerance(std: float, n: int, rate: float, comparisons: int = 1) -> float:
    """How far the mean of n draws may lie from its expectation.

    std: standard deviation of one draw. rate: the probability with which a right
    program may fail the test, which makes this many comparisons; a sum of their
    probabilities bounds it. The mean is taken as normal.
    """
    alpha = rate / comparisons
    # P(|mean - μ| > t) = 2 (1 - Φ(t √n / std)) = α
    return NormalDist().inv_cdf(1 - alpha / 2) * std / math.sqrt(n)


@exercise.inputs
def tests() -> list[tuple[float, int, float, int]]:
    return [
        (1.0, 100, 0.05, 1),
        (0.5, 2000, 1e-3, 1),
        (2.0, 400, 0.01, 10),
        (1.5, 50, 1e-4, 3),
        (3.0, 9, 0.2, 1),
        (0.1, 10_000, 1e-6, 20),
        (7.0, 30, 0.3, 2),
    ]


@exercise.must_hold
def four_times_the_draws(f: Callable[..., Any]) -> bool:
    """Four times as many draws halve the tolerance."""
    return same(float(f(2.0, 400, 0.01)), float(f(2.0, 100, 0.01)) / 2)


@exercise.must_hold
def rarer_is_wider(f: Callable[..., Any]) -> bool:
    """Fewer false alarms and more comparisons need a wider tolerance."""
    usual = float(f(1.0, 100, 0.05))
    return float(f(1.0, 100, 0.01)) > usual and float(f(1.0, 100, 0.05, 5)) > usual


@exercise.must_hold
def textbook_value(f: Callable[..., Any]) -> bool:
    """For 5 % the tolerance is 1.96 standard errors."""
    return same(float(f(1.0, 1, 0.05)), 1.959964)


def _z(alpha: float) -> float:
    return NormalDist().inv_cdf(1 - alpha)


@exercise.mistake(hint="formula")
def one_sided(std, n, rate, comparisons=1):
    """You allow the whole rate on one side. The mean can be too large or too small:
    each side gets half."""
    return _z(rate / comparisons) * std / math.sqrt(n)


@exercise.mistake(hint="idea")
def of_one_draw(std, n, rate, comparisons=1):
    """You use the standard deviation of one draw. That of the mean is smaller by √n."""
    return _z(rate / comparisons / 2) * std


@exercise.mistake(hint="formula")
def divided_by_n(std, n, rate, comparisons=1):
    """You divide by n and not by √n. The variance of a mean falls like 1/n, and its
    standard deviation like 1/√n."""
    return _z(rate / comparisons / 2) * std / n


@exercise.mistake(hint="idea")
def comparisons_forgotten(std, n, rate, comparisons=1):
    """You leave out the number of comparisons. Each has its own chance to fail, so
    together they fail more often than the rate."""
    return _z(rate / 2) * std / math.sqrt(n)


@exercise.mistake(hint="formula")
def comparisons_multiplied(std, n, rate, comparisons=1):
    """You multiply the rate by the number of comparisons, which makes the test
    narrower. Each comparison may use only its share of the rate: divide."""
    alpha = min(rate * comparisons, 0.999)
    return _z(alpha / 2) * std / math.sqrt(n)


@exercise.mistake(hint="formula")
def variance_used(std, n, rate, comparisons=1):
    """You multiply by the variance. The tolerance has the unit of the draws, so it is
    proportional to std."""
    return _z(rate / comparisons / 2) * std**2 / math.sqrt(n)


@exercise.mistake(hint="formula")
def sidak(std, n, rate, comparisons=1):
    """You take the comparisons as independent, by 1 - (1 - rate)^(1/m). Those of one
    test share their draws: divide the rate, which is right in any case."""
    alpha = 1 - (1 - rate) ** (1 / comparisons)
    return _z(alpha / 2) * std / math.sqrt(n)


@exercise.mistake(hint="formula")
def whole_interval(std, n, rate, comparisons=1):
    """You give the width of the whole interval. The tolerance is half of it: how far
    the mean may lie on one side."""
    return 2 * _z(rate / comparisons / 2) * std / math.sqrt(n)


@exercise.mistake(hint="formula")
def always_two(std, n, rate, comparisons=1):
    """Your factor is 1.96 for every rate. That belongs to 5 % and one comparison:
    compute it from the rate."""
    return 1.959964 * std / math.sqrt(n)


@exercise.mistake(hint="formula")
def always_three(std, n, rate, comparisons=1):
    """Your factor is 3 for every rate. It lets a right program fail in 0.27 % of the
    comparisons: compute the factor from the rate."""
    return 3 * std / math.sqrt(n)


@exercise.mistake(hint="formula")
def wrong_end(std, n, rate, comparisons=1):
    """Your tolerance is negative: you take the quantile of α/2, which lies below 0.
    Take that of 1 - α/2."""
    return -_z(rate / comparisons / 2) * std / math.sqrt(n)


@exercise.mistake(hint="idea")
def tolerance_shared(std, n, rate, comparisons=1):
    """You divide the tolerance by the number of comparisons. What they share is the
    probability of a false alarm, which makes the tolerance wider."""
    return _z(rate / 2) * std / math.sqrt(n) / comparisons
