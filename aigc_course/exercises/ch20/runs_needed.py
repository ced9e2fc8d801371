"""Exercise on how often a test has to run until a rare bug shows itself."""

import math
from collections.abc import Callable
from typing import Any

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "20.runs_needed",
    order=70,
    title="How many seeds?",
    difficulty=2,
    minutes=10,
    asks="derive",
    idea="The bug is missed only if no run shows it. The runs are independent, so the"
    " probabilities of not showing it are multiplied.",
    formula="(1 - share)ⁿ ≤ miss. Take logarithms, and note that log(1 - share) is"
    " negative: n ≥ log(miss) / log(1 - share), rounded up.",
    line="Write `return 1 if share == 1 else max(1, math.ceil(math.log(miss) /"
    " math.log1p(-share)))`.",
    variation="Turn it round: the bug did not show itself in 20 runs. Say which shares"
    " are still possible with 95 % confidence.",
)


@exercise.answer
def runs_needed(share: float, miss: float) -> int:
    """The smallest number of runs after which the bug is still unseen too rarely.

    share: in which share of the runs the bug can be seen, 0 < share <= 1. miss: the
    probability, 0 < miss < 1, with which all runs together may fail to show it. One run
    is needed at least.
    """
    if share == 1:
        return 1
    n = max(1, math.ceil(math.log(miss) / math.log1p(-share)))
    # rounding may give one run too many where (1 - share)^n is miss exactly
    return n - 1 if n > 1 and (1 - share) ** (n - 1) <= miss else n


@exercise.inputs
def bugs() -> list[tuple[float, float]]:
    return [
        (0.1, 0.05),
        (0.13, 0.01),
        (0.9, 0.3),
        (1.0, 0.01),
        (0.03, 0.001),
        (0.7, 0.02),
        (0.25, 0.4),
        (0.002, 0.1),
    ]


@exercise.must_hold
def enough_and_not_more(f: Callable[..., Any]) -> bool:
    """With n runs the bug is missed rarely enough, and with n - 1 it is not."""
    n = int(f(0.2, 0.03))
    return 0.8**n <= 0.03 < 0.8 ** (n - 1)


@exercise.must_hold
def certain_bugs_need_one_run(f: Callable[..., Any]) -> bool:
    """A bug that every run shows needs one run."""
    return int(f(1.0, 1e-6)) == 1


def _ratio(share: float, miss: float) -> float:
    return math.log(miss) / math.log1p(-share) if share < 1 else 0.0


@exercise.mistake(hint="formula")
def rounded_down(share, miss):
    """You round down, so that the bug is missed more often than allowed. Round up."""
    return max(1, math.floor(_ratio(share, miss)))


@exercise.mistake(hint="idea")
def expected_wait(share, miss):
    """You give the mean number of runs until the bug shows, 1 / share. For a share of
    0.1, it is still missed in 35 % of the cases after that many."""
    return math.ceil(1 / share)


@exercise.mistake(hint="formula")
def rule_of_three(share, miss):
    """You take 3 / share for every `miss`. That is about right for a miss of 5 % and a
    small share: compute the number from `miss`."""
    return math.ceil(3 / share)


@exercise.mistake(hint="idea")
def shares_added(share, miss):
    """You add the shares of the runs until they reach 1 - miss. Two runs can both show
    the bug, so multiply the probabilities of not showing it."""
    return math.ceil((1 - miss) / share)


@exercise.mistake(hint="formula")
def found_for_missed(share, miss):
    """You exchanged `miss` and 1 - miss. The allowed probability of missing is miss."""
    return max(1, math.ceil(_ratio(share, 1 - miss)))


@exercise.mistake(hint="formula")
def share_for_rest(share, miss):
    """You multiply the probabilities of showing the bug. All n runs show it with
    probability shareⁿ; that none does has (1 - share)ⁿ."""
    return max(1, math.ceil(math.log(miss) / math.log(share))) if share < 1 else 1


@exercise.mistake(hint="formula")
def first_order(share, miss):
    """You use log(1 - share) ≈ -share, which is only right for small shares, and gives
    too many runs for the others."""
    return max(1, math.ceil(-math.log(miss) / share))


@exercise.mistake(hint="formula")
def not_a_whole_number(share, miss):
    """You return a fraction of a run. Round up to a whole number."""
    return max(1.0, _ratio(share, miss))


@exercise.mistake(hint="formula")
def one_too_many(share, miss):
    """Your number is one larger than needed. The smallest n with (1 - share)ⁿ ≤ miss is
    the ratio of the logarithms, rounded up."""
    return max(1, math.ceil(_ratio(share, miss))) + 1


@exercise.mistake(hint="formula")
def rounded_to_nearest(share, miss):
    """You round to the nearest whole number. Below one half that is down, and the bug
    is then missed more often than allowed."""
    return max(1, round(_ratio(share, miss)))


@exercise.mistake(hint="formula")
def ratio_upside_down(share, miss):
    """Your ratio is upside down. From n log(1 - share) ≤ log(miss) follows n ≥
    log(miss) / log(1 - share)."""
    return max(1, math.ceil(math.log1p(-share) / math.log(miss))) if share < 1 else 1
