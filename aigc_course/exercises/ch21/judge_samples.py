"""Exercise on how many samples a judge needs to find an inflated claim."""

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "21.judge_samples",
    order=60,
    title="Find an inflated claim",
    difficulty=4,
    minutes=20,
    asks="derive",
    idea="The difference between claim and judge is normal around `gap`. It has to lie"
    " above `threshold` standard deviations with probability `power`.",
    formula="gap / σ = threshold + Φ⁻¹(power), with σ² = spread² / claimed_n + spread²"
    " / n. Solve for n; where no n is large enough, the answer is infinity.",
    line="Write `from statistics import NormalDist`, then `sigma = gap / (threshold +"
    " NormalDist().inv_cdf(power))`, then `rest = (sigma / spread) ** 2 - 1 /"
    " claimed_n`, then `return 1 / rest if rest > 0 else math.inf`.",
    variation="A card claims an FID from 500 samples. Say which inflation a judge can"
    " find at all.",
)


@exercise.answer
def judge_samples(
    gap: float, spread: float, claimed_n: int, threshold: float, power: float
) -> float:
    """How many samples the judge has to draw, as a real number; inf if none suffice.

    A figure of n samples has standard error spread / √n, for the card and for the
    judge, independently. A claim is called untrue if it is better than the judge's
    figure by more than `threshold` standard deviations of their difference.
    gap: by how much the claim was made better. power: the probability with which it has
    to be found.
    """
    # P(found) = Φ(gap/σ - threshold)
    sigma = gap / (threshold + NormalDist().inv_cdf(power))
    rest = (sigma / spread) ** 2 - 1 / claimed_n
    return 1 / rest if rest > 0 else math.inf


@exercise.inputs
def claims() -> list[tuple[float, float, int, float, float]]:
    return [
        (0.6, 8.0, 10_000, 3.0, 0.95),
        (0.3, 2.0, 5_000, 2.0, 0.9),
        (1.5, 30.0, 40_000, 3.0, 0.99),
        (0.1, 8.0, 10_000, 3.0, 0.95),
        (2.0, 50.0, 20_000, 2.5, 0.4),
        (5.0, 3.0, 100, 1.6, 0.8),
    ]


def found(gap: float, spread: float, m: int, n: float, threshold: float) -> float:
    """The probability that the claim is called untrue."""
    sigma = spread * math.sqrt(1 / m + 1 / n)
    return NormalDist().cdf(gap / sigma - threshold)


@exercise.must_hold
def found_as_often_as_wanted(f: Callable[..., Any]) -> bool:
    """With that many samples, the claim is found with the probability asked for."""
    n = float(f(0.5, 6.0, 10_000, 3.0, 0.9))
    return same(found(0.5, 6.0, 10_000, n, 3.0), 0.9)


@exercise.must_hold
def a_vague_claim_cannot_be_refuted(f: Callable[..., Any]) -> bool:
    """If the claim itself rests on few samples, no judge can refute it."""
    return math.isinf(float(f(0.5, 6.0, 500, 3.0, 0.9)))


@exercise.must_hold
def smaller_inflations_need_more(f: Callable[..., Any]) -> bool:
    """A smaller inflation needs more samples, and so does a higher threshold."""
    usual = float(f(0.6, 6.0, 10_000, 3.0, 0.9))
    smaller = float(f(0.5, 6.0, 10_000, 3.0, 0.9))
    stricter = float(f(0.6, 6.0, 10_000, 3.2, 0.9))
    return usual < smaller and usual < stricter


def _z(power: float) -> float:
    return NormalDist().inv_cdf(power)


def _solved(sigma: float, spread: float, m: float) -> float:
    rest = (sigma / spread) ** 2 - 1 / m
    return 1 / rest if rest > 0 else math.inf


@exercise.mistake(hint="idea")
def claim_without_error(gap, spread, claimed_n, threshold, power):
    """You treat the claim as exact. It was measured on claimed_n samples, and its
    variance adds to that of the judge."""
    return ((threshold + _z(power)) * spread / gap) ** 2


@exercise.mistake(hint="idea")
def power_forgotten(gap, spread, claimed_n, threshold, power):
    """You let the gap be `threshold` standard deviations. Half of such claims then lie
    below the threshold: add the quantile of `power`."""
    return _solved(gap / threshold, spread, claimed_n)


@exercise.mistake(hint="idea")
def threshold_forgotten(gap, spread, claimed_n, threshold, power):
    """You use the quantile of `power` alone. The difference has to lie above the
    threshold, and not above 0."""
    return _solved(gap / abs(_z(power)), spread, claimed_n)


@exercise.mistake(hint="formula")
def quantile_subtracted(gap, spread, claimed_n, threshold, power):
    """You subtract the quantile of `power` from the threshold. The gap has to be
    larger than the threshold for a power above one half."""
    return _solved(gap / (threshold - _z(power)), spread, claimed_n)


@exercise.mistake(hint="formula")
def errors_added(gap, spread, claimed_n, threshold, power):
    """You add the two standard errors. Variances of independent figures add."""
    sigma = gap / (threshold + _z(power))
    rest = sigma / spread - 1 / math.sqrt(claimed_n)
    return 1 / rest**2 if rest > 0 else math.inf


@exercise.mistake(hint="idea")
def as_many_as_the_card(gap, spread, claimed_n, threshold, power):
    """You let card and judge use the same number of samples. The card's number is
    given: solve for the judge's alone."""
    return 2 * ((threshold + _z(power)) * spread / gap) ** 2


@exercise.mistake(hint="formula")
def negative_for_impossible(gap, spread, claimed_n, threshold, power):
    """Your formula gives a negative number where the claim alone has too large an
    error. No number of samples is enough there: return infinity."""
    sigma = gap / (threshold + _z(power))
    return 1 / ((sigma / spread) ** 2 - 1 / claimed_n)


@exercise.mistake(hint="formula")
def size_of_the_impossible(gap, spread, claimed_n, threshold, power):
    """Your formula takes the size of a negative number. No number of samples is enough
    there: return infinity."""
    sigma = gap / (threshold + _z(power))
    return abs(1 / ((sigma / spread) ** 2 - 1 / claimed_n))


@exercise.mistake(hint="formula")
def power_without_a_quantile(gap, spread, claimed_n, threshold, power):
    """You add the power itself to the threshold. It is a probability: add the quantile
    Φ⁻¹(power), which counts in standard deviations."""
    return _solved(gap / (threshold + power), spread, claimed_n)


@exercise.mistake(hint="formula")
def zero_for_impossible(gap, spread, claimed_n, threshold, power):
    """You return 0 where no number of samples is enough. This would say that the judge
    needs none: return infinity."""
    n = judge_samples(gap, spread, claimed_n, threshold, power)
    return 0.0 if math.isinf(n) else n


@exercise.mistake(hint="formula")
def two_sided_power(gap, spread, claimed_n, threshold, power):
    """You take the quantile of the middle `power` of a normal distribution. The claim
    is found on one side only: take Φ⁻¹(power)."""
    return _solved(gap / (threshold + _z((1 + power) / 2)), spread, claimed_n)


@exercise.mistake(hint="formula")
def spread_not_squared(gap, spread, claimed_n, threshold, power):
    """You put the spread into the variance without squaring it. The variance of a
    figure is spread² / n."""
    sigma = gap / (threshold + _z(power))
    rest = sigma**2 / spread - 1 / claimed_n
    return 1 / rest if rest > 0 else math.inf


@exercise.mistake(hint="line")
def rounded_up(gap, spread, claimed_n, threshold, power):
    """You round up to a whole number. Return the real number here."""
    n = judge_samples(gap, spread, claimed_n, threshold, power)
    return n if math.isinf(n) else float(math.ceil(n))


@exercise.mistake(hint="idea")
def threshold_of_two_sides(gap, spread, claimed_n, threshold, power):
    """You turn the threshold into a test on two sides. It is given in standard
    deviations already: use it as it is."""
    two = _z(1 - (1 - NormalDist().cdf(threshold)) / 2)
    return _solved(gap / (two + _z(power)), spread, claimed_n)
