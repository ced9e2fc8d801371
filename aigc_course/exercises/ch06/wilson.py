"""Exercise on what a count of failures says about a rate."""

import math

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "06.wilson",
    order=110,
    title="What a count says about a rate",
    difficulty=3,
    minutes=12,
    idea="Start from the rates: take every failure rate p from which the observed"
    " share is no more than z standard deviations away.",
    formula="((share + z^2 / 2n) ± z sqrt(share (1 - share) / n + z^2 / 4n^2))"
    " / (1 + z^2 / n).",
    line="Write `share, whole = failed / n, 1 + z**2 / n`, `middle = share + z**2 /"
    " (2 * n)`, `reach = z * math.sqrt(share * (1 - share) / n + z**2 / (4 *"
    " n**2))` and `return max(0, (middle - reach) / whole), min(1, (middle +"
    " reach) / whole)`.",
    variation="Find how many seeds without a failure it takes before the upper end is"
    " below 5 %.",
    asks="formula",
)


Interval = tuple[float, float]


@exercise.answer
def wilson(failed: int, n: int, z: float = 1.96) -> Interval:
    """The failure rates (low, high) that fit `failed` failures of n (Wilson 1927).

    They are the p with |failed / n - p| <= z sqrt(p (1 - p) / n).
    """
    share = failed / n
    middle = share + z**2 / (2 * n)
    reach = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    whole = 1 + z**2 / n
    return max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole)


@exercise.inputs
def counts() -> list[tuple]:
    return [(0, 10), (3, 10), (10, 10), (1, 40), (5, 10, 1.0)]


@exercise.must_hold
def ends_are_z_away(f) -> bool:
    """At both ends the observed share is exactly z standard deviations away."""
    low, high = f(4, 15, 1.96)
    return all(
        same(abs(4 / 15 - p), 1.96 * math.sqrt(p * (1 - p) / 15)) for p in (low, high)
    )


@exercise.must_hold
def no_failure_is_no_proof(f) -> bool:
    """Ten seeds without a failure still leave room for a rate of a quarter."""
    low, high = f(0, 10)
    return abs(low) < 1e-9 and 0.25 < high < 0.3


@exercise.must_hold
def mirrored(f) -> bool:
    """Successes have the interval of failures, seen from the other end."""
    low, high = f(2, 9)
    return same(tuple(f(7, 9)), (1 - high, 1 - low))


@exercise.mistake(hint="idea")
def from_the_share(failed: int, n: int, z: float = 1.96) -> Interval:
    """You take the deviation at the observed share, share ± z sqrt(share (1 - share) /
    n). With no failure its width is 0, as if no run could ever fail. Take the deviation
    at the rate that is asked about."""
    share = failed / n
    reach = z * math.sqrt(share * (1 - share) / n)
    return share - reach, share + reach


@exercise.mistake(hint="formula")
def undivided(failed: int, n: int, z: float = 1.96) -> Interval:
    """The last division is missing: divide both ends by 1 + z^2 / n."""
    share = failed / n
    middle = share + z**2 / (2 * n)
    reach = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return middle - reach, middle + reach


@exercise.mistake(hint="formula")
def middle_not_moved(failed: int, n: int, z: float = 1.96) -> Interval:
    """Your interval is centred on the observed share. Its middle moves towards one half
    by the term z^2 / 2n; without that it reaches below 0."""
    share = failed / n
    reach = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return share - reach, share + reach


@exercise.mistake(hint="line")
def percent(failed: int, n: int, z: float = 1.96) -> Interval:
    """You return percentages. Return the rates as shares between 0 and 1."""
    low, high = wilson(failed, n, z)
    return 100 * low, 100 * high


@exercise.mistake(hint="line")
def fixed_z(failed: int, n: int, z: float = 1.96) -> Interval:
    """You use 1.96 whatever `z` is. Use the argument `z`, which differs for another
    confidence."""
    return wilson(failed, n)


@exercise.mistake(hint="idea")
def from_the_share_clipped(failed: int, n: int, z: float = 1.96) -> Interval:
    """You take the deviation at the observed share and cut the ends at 0 and 1. With no
    failure the width is still 0; take the deviation at the rate that is asked about."""
    low, high = from_the_share(failed, n, z)
    return max(0.0, low), min(1.0, high)


@exercise.mistake(hint="formula")
def agresti(failed: int, n: int, z: float = 1.96) -> Interval:
    """This is the interval of Agresti and Coull: it has Wilson's middle, and takes the
    deviation at that middle. Wilson's ends solve the inequality (6.11)."""
    size = n + z**2
    middle = (failed + z**2 / 2) / size
    reach = z * math.sqrt(middle * (1 - middle) / size)
    return middle - reach, middle + reach


@exercise.mistake(hint="formula")
def z_forgotten(failed: int, n: int, z: float = 1.96) -> Interval:
    """The factor z before the root is missing, so your interval is too narrow."""
    share = failed / n
    middle = share + z**2 / (2 * n)
    reach = math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return (middle - reach) / (1 + z**2 / n), (middle + reach) / (1 + z**2 / n)


@exercise.mistake(hint="line")
def without_parentheses(failed: int, n: int, z: float = 1.96) -> Interval:
    """`z**2 / 2 * n` is n z^2 / 2 in Python. Put the denominators in parentheses:
    `z**2 / (2 * n)` and `z**2 / (4 * n**2)`."""
    share = failed / n
    middle = share + z**2 / 2 * n
    reach = z * math.sqrt(share * (1 - share) / n + z**2 / 4 * n**2)
    return (middle - reach) / (1 + z**2 / n), (middle + reach) / (1 + z**2 / n)


@exercise.mistake(hint="line")
def of_successes(failed: int, n: int, z: float = 1.96) -> Interval:
    """This is the interval of the seeds that succeed. The share of failures is
    `failed / n`."""
    return wilson(n - failed, n, z)


@exercise.mistake(hint="line")
def high_first(failed: int, n: int, z: float = 1.96) -> Interval:
    """Both ends are right, in the wrong order: the lower one comes first."""
    low, high = wilson(failed, n, z)
    return high, low
