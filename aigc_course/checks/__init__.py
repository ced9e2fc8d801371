"""Exercises that check themselves: `f = checks.use("05.interpolate", f)`.

check, use, hint, solution, progress and exercises are for the reader; `Chapter` is how
a chapter's module declares its exercises (see `aigc_course.checks.exercise`). Importing
this does not load torch; the first check does.
"""

from aigc_course.checks.exercise import Chapter, Exercise, Misconception
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
    "Chapter",
    "Exercise",
    "Misconception",
    "Verdict",
    "check",
    "exercises",
    "forget",
    "header",
    "hint",
    "progress",
    "solution",
    "use",
]
