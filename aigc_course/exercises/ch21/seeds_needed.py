"""Exercise on how many seeds a comparison needs."""

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

from scipy.stats import t as student

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "21.seeds_needed",
    order=20,
    title="How many seeds does the plan need?",
    difficulty=3,
    minutes=15,
    asks="derive",
    idea="The factor of the interval depends on the number of seeds itself, so there is"
    " no closed formula. Try 2, 3, 4 and so on.",
    formula="Take the smallest n ≥ 2 with t(1 - (1 - confidence)/2; n - 1) std / √n ≤"
    " width. `scipy.stats.t.ppf(q, n - 1)` is the quantile.",
    line="Write `from scipy.stats import t`, then `q = 1 - (1 - confidence) / 2`, then"
    " `return next(n for n in range(2, 10**6) if t.ppf(q, n - 1) * std / n**0.5 <="
    " width)`.",
    variation="Say how the number changes if one run in ten fails and is lost.",
)


@exercise.answer
def seeds_needed(std: float, width: float, confidence: float = 0.95) -> int:
    """The smallest number of seeds, at least 2, whose interval is narrow enough.

    std: standard deviation of the score between seeds. width: the largest half-width of
    the interval of the mean that the plan accepts, for scores that are nearly normal.
    """
    q = 1 - (1 - confidence) / 2
    n = 2
    while student.ppf(q, n - 1) * std / math.sqrt(n) > width:
        n += 1
    return n


@exercise.inputs
def plans() -> list[tuple[float, float, float]]:
    return [
        (0.1, 0.1, 0.95),
        (1.0, 0.25, 0.95),
        (0.3, 0.5, 0.99),
        (2.0, 1.0, 0.9),
        (0.5, 9.0, 0.95),
        (1.0, 0.45, 0.99),
        (0.7, 0.3, 0.8),
    ]


def half_width(n: int, std: float, confidence: float) -> float:
    """Half-width of the interval of a mean of n scores with this deviation."""
    q = 1 - (1 - confidence) / 2
    return float(student.ppf(q, n - 1)) * std / math.sqrt(n)


@exercise.must_hold
def enough_and_not_more(f: Callable[..., Any]) -> bool:
    """With n seeds the interval is narrow enough, and with n - 1 it is too wide."""
    n = int(f(1.0, 0.6, 0.95))
    return half_width(n, 1.0, 0.95) <= 0.6 < half_width(n - 1, 1.0, 0.95)


@exercise.must_hold
def the_unit_does_not_matter(f: Callable[..., Any]) -> bool:
    """If std and width are given in another unit, the number is the same."""
    return int(f(1.0, 0.6)) == int(f(1000.0, 600.0))


@exercise.must_hold
def one_seed_has_no_interval(f: Callable[..., Any]) -> bool:
    """The answer is never below 2: a single seed has no standard deviation."""
    return int(f(0.001, 50.0)) == 2


def _first(factor: Callable[[int], float], std: float, width: float, least=2) -> int:
    n = least
    while factor(n) * std / math.sqrt(n) > width:
        n += 1
    return n


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf(1 - (1 - confidence) / 2)


@exercise.mistake(hint="formula")
def normal_quantile(std, width, confidence=0.95):
    """You take the quantile of the normal distribution. The standard deviation comes
    from the same few seeds, so the quantile of Student's t with n - 1 is larger."""
    return _first(lambda n: _z(confidence), std, width)


@exercise.mistake(hint="formula")
def n_degrees(std, width, confidence=0.95):
    """You use n degrees of freedom. One is spent on the mean: use n - 1."""
    q = 1 - (1 - confidence) / 2
    return _first(lambda n: student.ppf(q, n), std, width)


@exercise.mistake(hint="formula")
def one_sided(std, width, confidence=0.95):
    """You take the quantile for one side. An interval has two ends, and each leaves
    out half of 1 - confidence."""
    return _first(lambda n: student.ppf(confidence, n - 1), std, width)


@exercise.mistake(hint="idea")
def one_seed_allowed(std, width, confidence=0.95):
    """You allow fewer than two seeds. A single seed says nothing about the spread
    between seeds: begin with 2."""
    n = math.ceil((_z(confidence) * std / width) ** 2)
    return 1 if n <= 1 else seeds_needed(std, width, confidence)


@exercise.mistake(hint="idea")
def solved_once(std, width, confidence=0.95):
    """You solve 1.96 std / √n = width for n, and keep 1.96 for every n and every
    confidence. The factor depends on both."""
    return max(2, math.ceil((1.96 * std / width) ** 2))


@exercise.mistake(hint="idea")
def whole_interval(std, width, confidence=0.95):
    """You make the whole interval as narrow as `width`. It may be twice as wide: width
    is the half-width."""
    return seeds_needed(std, width / 2, confidence)


@exercise.mistake(hint="formula")
def divided_by_n(std, width, confidence=0.95):
    """You divide the standard deviation by n. That of a mean falls like 1 / √n."""
    q = 1 - (1 - confidence) / 2
    n = 2
    while student.ppf(q, n - 1) * std / n > width:
        n += 1
    return n


@exercise.mistake(hint="idea")
def not_divided(std, width, confidence=0.95):
    """You forget that the mean of n seeds varies less than one seed: divide the
    standard deviation by √n."""
    q = 1 - (1 - confidence) / 2
    found = (n for n in range(2, 40) if student.ppf(q, n - 1) * std <= width)
    return next(found, 40)


@exercise.mistake(hint="formula")
def one_too_many(std, width, confidence=0.95):
    """Your number is one larger than needed."""
    return seeds_needed(std, width, confidence) + 1


@exercise.mistake(hint="formula")
def one_too_few(std, width, confidence=0.95):
    """Your number is one smaller than needed, so that the interval is wider than
    allowed."""
    return max(2, seeds_needed(std, width, confidence) - 1)


@exercise.mistake(hint="formula")
def confidence_as_rate(std, width, confidence=0.95):
    """You take `confidence` as the probability outside the interval. It is the
    probability inside."""
    return _first(lambda n: student.ppf(1 - confidence / 2, n - 1), std, width)


@exercise.mistake(hint="formula")
def always_95_percent(std, width, confidence=0.95):
    """You use the quantile of 95 %, whatever `confidence` is. Leave out half of
    1 - confidence on each side."""
    return _first(lambda n: student.ppf(0.975, n - 1), std, width)


@exercise.mistake(hint="idea")
def corrected_once(std, width, confidence=0.95):
    """You compute n once with the normal quantile, and once more with Student's for
    that n. The new n has another quantile: try one n after the other."""
    q = 1 - (1 - confidence) / 2
    first = max(2, math.ceil((_z(confidence) * std / width) ** 2))
    return max(2, math.ceil((student.ppf(q, first - 1) * std / width) ** 2))


@exercise.mistake(hint="formula")
def root_of_one_fewer(std, width, confidence=0.95):
    """You divide by √(n - 1). The standard deviation of the mean is std / √n: one fewer
    stands in the degrees of freedom only."""
    q = 1 - (1 - confidence) / 2
    n = 2
    while student.ppf(q, n - 1) * std / math.sqrt(n - 1) > width:
        n += 1
    return n


@exercise.mistake(hint="idea")
def begins_at_three(std, width, confidence=0.95):
    """You never answer 2. Two seeds have a standard deviation and an interval, so begin
    with them."""
    return max(3, seeds_needed(std, width, confidence))


@exercise.mistake(hint="idea")
def one_more_for_few(std, width, confidence=0.95):
    """You add one seed to the number from the normal quantile. This is near the answer
    for many seeds; for few seeds the quantile of Student's t is much larger."""
    return max(2, math.ceil((_z(confidence) * std / width) ** 2) + 1)
