"""Exercise: A learning rate that holds, then falls."""

import math

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "05.hold_then_fall",
    order=90,
    title="A learning rate that holds, then falls",
    difficulty=1,
    minutes=6,
    idea="Measure how far the fall has got: 0 until `hold`, 1 at the end and after it."
    " The factor goes from 1 to `final` in step with it.",
    formula="s = (progress - hold) / (1 - hold), held within [0, 1]; the factor is"
    " 1 - s * (1 - final).",
    line="Write `s = min(max((progress - hold) / (1 - hold), 0), 1)` and"
    " `return 1 - s * (1 - final)`.",
    variation="Let the factor fall along half a cosine, and compare the last samples.",
    asks="derive",
)


@exercise.answer
def hold_then_fall(progress: float, hold: float = 0.5, final: float = 0.05) -> float:
    """Factor on the learning rate: 1 until `hold`, then straight down to `final` at 1.

    progress: share of the training done, 0 to 1; after 1 the factor stays `final`.
    """
    s = min(max((progress - hold) / (1 - hold), 0), 1)  # share of the fall, 0 to 1
    return 1 - s * (1 - final)


@exercise.inputs
def moments() -> list[tuple[float, ...]]:
    points = [(0.75,), (0.0,), (0.5,), (0.6,), (0.99,), (1.0,), (1.25,)]
    return [*points, (0.5, 0.8), (0.9, 0.8, 0.2), (0.5, 0.0, 0.1)]


@exercise.must_hold
def ends_of_the_fall(f) -> bool:
    """The factor is 1 at `hold`, `final` at 1, and half-way between them midway."""
    return same([f(0.4, 0.4, 0.2), f(0.7, 0.4, 0.2), f(1.0, 0.4, 0.2)], [1, 0.6, 0.2])


@exercise.must_hold
def never_rises(f) -> bool:
    """The factor never rises, and stays between `final` and 1, before and after."""
    factors = [f(i / 50) for i in range(76)]
    falls = all(b <= a + 1e-6 for a, b in zip(factors, factors[1:], strict=False))
    return bool(falls and max(factors) < 1 + 1e-6 and min(factors) > 0.05 - 1e-6)


@exercise.mistake(hint="idea")
def falls_at_once(progress: float, hold: float = 0.5, final: float = 0.05) -> float:
    """Your factor falls from the first step, so most of the training runs at less than
    the rate you have set. Hold it at 1 until `hold`."""
    return hold_then_fall(progress, 0.0, final)


@exercise.mistake(hint="formula")
def down_to_zero(progress: float, hold: float = 0.5, final: float = 0.05) -> float:
    """Your factor falls to 0, and the last steps change nothing any more. Let it reach
    `final` at progress 1."""
    return hold_then_fall(progress, hold, 0.0)


@exercise.mistake(hint="formula")
def aims_at_zero(progress: float, hold: float = 0.5, final: float = 0.05) -> float:
    """Your line aims at 0 and is stopped at `final`, which it meets before the end.
    Aim at `final` itself: the line reaches it at progress 1."""
    return max(hold_then_fall(progress, hold, 0.0), final)


@exercise.mistake(hint="idea")
def drops(progress: float, hold: float = 0.5, final: float = 0.05) -> float:
    """Your factor drops from 1 to `final` in one step. Let it fall along a straight
    line between `hold` and 1."""
    return 1.0 if progress <= hold else final


@exercise.mistake(hint="formula")
def falls_on(progress: float, hold: float = 0.5, final: float = 0.05) -> float:
    """After progress 1 your factor goes on falling, and at last the rate is negative:
    the networks would climb. Hold it at `final`."""
    return 1 - max((progress - hold) / (1 - hold), 0) * (1 - final)


@exercise.mistake(hint="formula")
def too_high_at_first(progress: float, hold: float = 0.5, final: float = 0.05) -> float:
    """Your line runs through the hold as well: before `hold` the factor is above 1, and
    the first steps are nearly twice as long. Let the factor stop at 1."""
    return 1 - min((progress - hold) / (1 - hold), 1) * (1 - final)


@exercise.mistake(hint="formula")
def along_a_cosine(progress: float, hold: float = 0.5, final: float = 0.05) -> float:
    """Your factor falls along half a cosine, a common schedule. Here it falls along a
    straight line from 1 to `final`."""
    s = hold_then_fall(progress, hold, 0.0)  # from 1 to 0
    return final + (1 - final) * (1 - math.cos(math.pi * s)) / 2


@exercise.mistake(hint="formula")
def by_a_power(progress: float, hold: float = 0.5, final: float = 0.05) -> float:
    """Your factor falls exponentially: by the same ratio in equal times. Here it falls
    by the same amount in equal times, a straight line from 1 to `final`."""
    return final ** (1 - hold_then_fall(progress, hold, 0.0))


@exercise.mistake(hint="formula")
def falls_by_final(progress: float, hold: float = 0.5, final: float = 0.05) -> float:
    """Your factor falls by `final` and ends at 1 - final. It falls to `final`, so by
    1 - final."""
    return 1 - final * (1 - hold_then_fall(progress, hold, 0.0))


@exercise.mistake(hint="idea")
def drops_at_hold(progress: float, hold: float = 0.5, final: float = 0.05) -> float:
    """Your factor jumps to `final` as soon as `hold` is reached. Between `hold` and 1
    it falls along a straight line."""
    return 1.0 if progress < hold else final
