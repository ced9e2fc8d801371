"""Grades notebooks: `aigc grade FOLDER`, or `grade(Path("handed_in"))`.

A submission is a notebook. What its exercises need of it is run in its order, in a
process with limits and without the answers (see `confine` for what these are worth);
where that gives no function, it is found by its name, so cells may have been edited,
moved, copied or deleted. Each is judged by the check that its student saw, in another
process. Points: the difficulty of an exercise that passed, else none, as in the
nbgrader metadata.

A row says what came of one exercise: passed, not attempted, misconception, wrong, error
(the five verdicts), or missing, time limit, memory limit, output limit, disk limit,
ended itself, forbidden, changed the checker, unreadable, not graded.
"""

from aigc_course.grading.course import grade, grade_elsewhere
from aigc_course.grading.limits import Limits
from aigc_course.grading.rows import Row
from aigc_course.grading.sheets import write_csv, write_report

__all__ = ["Limits", "Row", "grade", "grade_elsewhere", "write_csv", "write_report"]
