"""Exercises that check themselves: `f = checks.use("05.interpolate", f)`.

check, use, hint, solution, progress and exercises are for the reader; an exercise's
module declares it as an `Exercise` (see `aigc_course.checks.exercise`). Importing this
does not load torch; the first check does.
"""

from aigc_course.checks.exercise import Exercise, Misconception
from aigc_course.checks.guesses import (
    forget_predictions,
    measured,
    predict,
    predictions,
)
from aigc_course.checks.registry import exercises
from aigc_course.checks.session import (
    check,
    forget,
    header,
    hint,
    progress,
    solution,
    use,
)
from aigc_course.checks.verdict import Verdict

__all__ = [
    "Exercise",
    "Misconception",
    "Verdict",
    "check",
    "exercises",
    "forget",
    "forget_predictions",
    "header",
    "hint",
    "measured",
    "predict",
    "predictions",
    "progress",
    "solution",
    "use",
]
