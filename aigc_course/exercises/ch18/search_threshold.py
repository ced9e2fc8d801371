"""Exercise on what a search costs: many looks, one promise."""

import math

import torch
from scipy.stats import norm

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "18.search_threshold",
    order=60,
    title="Whoever looks often enough finds something",
    difficulty=2,
    minutes=12,
    asks="derive",
    idea="The largest of m scores exceeds t if at least one of them does. The"
    " probability of that is at most the sum of their probabilities.",
    formula="P(max > t) <= m P(Z > t). So each place may have the rate alpha / m: t is"
    " the point that a standard normal number exceeds with probability alpha / m.",
    line="Write `return norm.isf(rate / places)`.",
    variation="Compare with the threshold for m independent scores, and say when the"
    " difference matters.",
    tolerance=1e-3,
)


@exercise.answer
def search_threshold(rate: float, places: int) -> float:
    """The threshold for the largest of the scores at so many places.

    Without a mark, each score is normal with mean 0 and variance 1. They may depend on
    each other in any way. The largest of them exceeds the threshold with at most the
    probability `rate` (a small number).
    """
    return float(norm.isf(rate / places))


@exercise.inputs
def searches() -> list[tuple[float, int]]:
    return [
        (1e-3, 1),
        (1e-3, 9),
        (1e-3, 225),
        (1e-2, 25),
        (1e-6, 10_000),
        (1e-3, 2),
        (1e-9, 1_000_000),
    ]


@exercise.must_hold
def it_keeps_the_rate(f) -> str | None:
    """The probability that one of the places exceeds the threshold is at most the
    rate."""
    for rate, places in searches():
        found = places * float(norm.sf(float(f(rate, places))))
        if found > 1.02 * rate:
            return (
                f"For m = {places:,} and a rate of {rate:g}, the union bound allows"
                f" {found:.2g} with your threshold, which is too much."
            )
    return None


@exercise.must_hold
def one_place_needs_no_correction(f) -> bool:
    """With one place it is the threshold of a single score: 3.09 for one in 1,000."""
    return same(float(f(1e-3, 1)), float(norm.isf(1e-3)), 1e-3)


@exercise.mistake(hint="idea")
def as_for_one(rate, places):
    """You use the threshold of a single score. The largest of m scores exceeds it up to
    m times as often."""
    return float(norm.isf(rate))


@exercise.mistake(hint="formula")
def rate_multiplied(rate, places):
    """You multiply the rate by the number of places, which lowers the threshold. Each
    place may have only a part of the rate: divide."""
    return float(norm.isf(min(rate * places, 0.5)))


@exercise.mistake(hint="idea")
def threshold_multiplied(rate, places):
    """You multiply the threshold by the number of places. The rate is divided; the
    threshold then grows slowly."""
    return float(norm.isf(rate)) * places


@exercise.mistake(hint="formula")
def by_the_root(rate, places):
    """You divide the rate by the root of the number of places. The probabilities add
    up, so divide by the number itself."""
    return float(norm.isf(rate / math.sqrt(places)))


@exercise.mistake(hint="formula")
def two_sided(rate, places):
    """You halve the rate for two tails. Only large scores speak for a mark."""
    return float(norm.isf(rate / places / 2))


@exercise.mistake(hint="formula")
def wrong_tail(rate, places):
    """You take the lower tail, so the threshold is negative. Take the point that is
    exceeded with probability alpha / m."""
    return float(norm.ppf(rate / places))


@exercise.mistake(hint="idea")
def expected_maximum(rate, places):
    """You add the expected maximum of m scores, about sqrt(2 ln m), to the threshold of
    one. The tails do not add up in this way: divide the rate."""
    return float(norm.isf(rate)) + math.sqrt(2 * math.log(places))


@exercise.mistake(hint="formula")
def power_instead_of_root(rate, places):
    """You use (1 - rate)^m. For each place the probability of no alarm has to be the
    m-th root, (1 - rate)^(1/m)."""
    return float(norm.ppf((1 - rate) ** places))


@exercise.mistake(hint="formula")
def one_minus_a_tiny_number(rate, places):
    """You calculate 1 - alpha / m in float32, which is 1 for a very small rate, so the
    threshold becomes infinite. Use the upper tail: isf, or minus the lower one."""
    p = torch.tensor(1.0) - torch.tensor(rate) / places
    return float(torch.special.ndtri(p))


@exercise.mistake(hint="formula")
def chebyshev(rate, places):
    """You use Chebyshev's inequality. It holds for every distribution and gives a much
    higher threshold than needed for normal scores."""
    return math.sqrt(places / rate)


@exercise.mistake(hint="formula")
def gaussian_bound(rate, places):
    """You use the bound P(Z > t) <= exp(-t^2 / 2). It holds, and the threshold comes
    out higher than needed: use the normal tail itself."""
    return math.sqrt(2 * math.log(places / rate))


@exercise.mistake(hint="formula")
def largest_of_m_has_deviation_root_m(rate, places):
    """You multiply by sqrt(m), as for a sum of m scores. The largest one is asked
    for."""
    return float(norm.isf(rate)) * math.sqrt(places)
