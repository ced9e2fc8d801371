"""The class list again, with the grades in it, as each platform imports it.

Canvas (Grades, Import): the identifying columns as they were, and a column for each
chapter; an assignment's own column, "Chapter 02 (1234)", keeps its number. Moodle
(Upload grading worksheet): every column as it was, "Grade" and "Feedback comments"
filled in. Gradescope has no import of a table: its grades table is for other systems,
and `results.json` is what an autograder hands back for one submission.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence

from aigc_course.errors import CourseError
from aigc_course.grading.marks import Marks
from aigc_course.grading.roster import Roster, Student

_CANVAS_OWN = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
_GRADESCOPE_OWN = ("First Name", "Last Name", "Name", "SID", "Email", "Sections")
_POINTS = "    Points Possible"  # Canvas writes these four spaces

Class = Mapping[Student, Marks]
Words = Mapping[Student, str]


def gradebook(
    roster: Roster, marks: Class, out_of: Mapping[str, float], words: Words
) -> str:
    """The file to import, as CSV. out_of: chapter -> points. words: Moodle's comments.

    A student without a notebook keeps what the file had, or an empty cell: whether that
    is a zero, the teacher decides. Raises CourseError where two columns fit a chapter.
    """
    if roster.lms == "canvas":
        return _canvas(roster, marks, out_of)
    if roster.lms == "moodle":
        return _moodle(roster, marks, words)
    return _gradescope(roster, marks, out_of)


def _canvas(roster: Roster, marks: Class, out_of: Mapping[str, float]) -> str:
    columns = {chapter: _column(roster, chapter) for chapter in out_of}
    most = {c: roster.most.get(columns[c], out_of[c]) for c in out_of}
    own = [one for one in roster.columns if one in _CANVAS_OWN]
    points = {columns[c]: number(most[c]) for c in out_of}
    lines = [{**_without_student(one), **points} for one in roster.above[-1:]]
    lines = lines or [{own[0]: _POINTS, **points}]
    for student in roster.students:
        cells = dict(student.cells)
        got = marks.get(student)
        for chapter, column in columns.items():
            if got and chapter in got.points:
                share = got.points[chapter] / out_of[chapter]
                cells[column] = number(share * most[chapter])
        lines.append(cells)
    return written([*own, *columns.values()], lines)


def _moodle(roster: Roster, marks: Class, words: Words) -> str:
    lines = []
    for student in roster.students:
        cells = dict(student.cells)
        if got := marks.get(student):
            most = roster.most.get("Grade", 100.0)
            share = got.total / got.most if got.most else 0.0
            cells["Grade"] = number(share * most)
            if "Feedback comments" in roster.columns:
                cells["Feedback comments"] = words[student]
        lines.append(cells)
    return written(roster.columns, lines)


def _gradescope(roster: Roster, marks: Class, out_of: Mapping[str, float]) -> str:
    own = [one for one in roster.columns if one in _GRADESCOPE_OWN]
    names = {chapter: f"Chapter {chapter}" for chapter in out_of}
    more = [f"{name}{end}" for name in names.values() for end in ("", " - Max Points")]
    lines = []
    for student in roster.students:
        cells = {one: student.cells[one] for one in own}
        got = marks.get(student)
        for chapter, name in names.items():
            cells[f"{name} - Max Points"] = number(out_of[chapter])
            if got and chapter in got.points:
                cells[name] = number(got.points[chapter])
        lines.append(cells)
    return written([*own, *more], lines)


def results(marks: Marks, partial: float, sentences: Mapping[str, str]) -> object:
    """What Gradescope's autograder hands back for one submission, as JSON has it.

    sentences: exercise -> what the student reads.
    """
    from aigc_course.grading.marks import earned

    tests = [
        {
            "name": row.exercise,
            "score": round(earned(row, partial), 2),
            "max_score": row.out_of,
            "status": "passed" if row.status == "passed" else "failed",
            "output": sentences[row.exercise],
            "visibility": "visible",
        }
        for row in marks.best
    ]
    return {"score": round(marks.total, 2), "tests": tests}


def _column(roster: Roster, chapter: str) -> str:
    """The assignment's column in Canvas's file, with its number, or a new name."""
    pattern = re.compile(rf"\bchapter {chapter}\b|^{chapter}\b", re.I)
    found = [one for one in roster.columns if pattern.search(one)]
    found = [one for one in found if one not in _CANVAS_OWN]
    if len(found) > 1:
        raise CourseError(
            f"Two columns of the roster fit chapter {chapter}: {found[0]!r} and"
            f" {found[1]!r}. Leave one of them."
        )
    return found[0] if found else f"Chapter {chapter}"


def _without_student(cells: Mapping[str, str]) -> dict[str, str]:
    """The line of points, without the cells of other assignments."""
    return {name: value for name, value in cells.items() if name in _CANVAS_OWN}


def written(columns: Sequence[str], lines: Sequence[Mapping[str, str]]) -> str:
    """A CSV text; cells of other columns are left out, and lacking ones are empty."""
    text = io.StringIO()
    writer = csv.DictWriter(
        text, columns, restval="", extrasaction="ignore", lineterminator="\n"
    )
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def number(value: float) -> str:
    """At most two decimals, with a point: 7.5, and 7 for 7.0."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
