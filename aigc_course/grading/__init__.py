"""Grades notebooks: `aigc grade FOLDER`, or `grade(Path("handed_in"))`.

A submission is a notebook. Its exercise functions are found by name, so cells may have
been edited, moved, copied or deleted; each is judged by the check that its student saw,
in a process of its own with limits (see `confine` for what these are worth). Points:
the difficulty of an exercise that passed, else none, as in the nbgrader metadata.

A row says what came of one exercise: passed, not attempted, misconception, wrong, error
(the five verdicts), or missing, time limit, memory limit, output limit, ended itself,
forbidden, changed the checker, unreadable.
"""

from aigc_course.grading.course import grade
from aigc_course.grading.limits import Limits
from aigc_course.grading.rows import Row
from aigc_course.grading.sheets import write_csv, write_report

__all__ = ["Limits", "Row", "grade", "write_csv", "write_report"]
