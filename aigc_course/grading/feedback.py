"""A page for each student: what was reached, and what helps with the rest.

It says of each exercise the verdict, the check's sentence and a hint. The hint is the
idea, or the formula where the mistake deserves it; never the line, which is the answer.
"""

from collections.abc import Callable, Mapping
from html import escape

from aigc_course.checks.exercise import Exercise
from aigc_course.grading.gradebook import number
from aigc_course.grading.marks import Marks, earned
from aigc_course.grading.rows import Row

_SAID = {
    "passed": "passed",
    "not attempted": "not attempted yet",
    "misconception": "not right yet",
    "wrong": "not right yet",
    "error": "stopped with an error",
    "missing": "not in the notebook",
}
_STYLE = """
body{font:1rem/1.5 system-ui,sans-serif;max-width:46em;margin:2em auto;padding:0 1em}
section{border-left:4px solid #767676;padding:0 1em;margin:1em 0}
section.passed{border-color:#007a59}section.yet{border-color:#a85f00}
table{border-collapse:collapse}td,th{padding:.2em .8em;text-align:left}
td.n{text-align:right}h2{font-size:1.1rem;margin:.2em 0}p{margin:.3em 0}
"""

Lookup = Callable[[str], Exercise | None]


def page(name: str, marks: Marks, partial: float, lookup: Lookup) -> str:
    """The HTML page of a student; lookup: the exercise of an id, or None."""
    title = f"Feedback for {name}"
    parts = [f"<h1>{escape(title)}</h1>", _totals(marks), *map(_broken, marks.broken)]
    parts += [_section(row, partial, lookup(row.exercise)) for row in marks.best]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body><main>\n{chr(10).join(parts)}\n</main></body></html>\n"
    )


def summary(marks: Marks) -> str:
    """One line for the comment of a gradebook."""
    of = {status: 0 for status in ("passed", "not right yet", "not attempted yet")}
    for row in marks.best:
        said = _SAID.get(row.status, "")
        if said in of:
            of[said] += 1
    counts = ", ".join(f"{count} {said}" for said, count in of.items() if count)
    broken = " A file could not be read." if marks.broken else ""
    return f"{number(marks.total)} of {number(marks.most)} points: {counts}.{broken}"


def sentences(marks: Marks, lookup: Lookup) -> dict[str, str]:
    """Exercise -> verdict, message and hint as plain text."""
    found = {}
    for row in marks.best:
        parts = [f"{verdict(row)}.", _message(row), hint(row, lookup(row.exercise))]
        found[row.exercise] = " ".join(filter(None, parts))
    return found


def verdict(row: Row) -> str:
    """The verdict in words; what only a teacher can settle is said as it is."""
    return _SAID.get(row.status, f"not graded: {row.status}")


def hint(row: Row, exercise: Exercise | None) -> str:
    """The hint that the mistake deserves, or "" for an exercise that passed."""
    if exercise is None or row.status == "passed":
        return ""
    known = {one.name: one.hint_level for one in exercise.misconceptions}
    level = min(known.get(row.misconception, 0), 1)
    return f"Hint: {exercise.hints[level]}"


def _message(row: Row) -> str:
    return row.message if row.status not in ("not attempted", "missing") else ""


def _totals(marks: Marks) -> str:
    lines = [(f"Chapter {c}", marks.points[c], marks.out_of[c]) for c in marks.points]
    if len(lines) != 1:
        lines.append(("Total", marks.total, marks.most))
    cells = "".join(
        f'<tr><th scope="row">{name}</th><td class="n">{number(got)}</td>'
        f'<td class="n">{number(most)}</td></tr>'
        for name, got, most in lines
    )
    head = "<tr><td></td><th>points</th><th>out of</th></tr>"
    return f"<table>{head}{cells}</table>"


def _section(row: Row, partial: float, exercise: Exercise | None) -> str:
    kind = "passed" if row.status == "passed" else "yet"
    title = f": {escape(exercise.title)}" if exercise else ""
    points = f"{number(earned(row, partial))} of {row.out_of} points"
    texts = [escape(one) for one in (_message(row), hint(row, exercise)) if one]
    said = "".join(f"<p>{one}</p>" for one in texts)
    return (
        f'<section class="{kind}"><h2>{escape(row.exercise)}{title}</h2>'
        f"<p><strong>{escape(verdict(row))}</strong> · {points}</p>{said}</section>"
    )


def _broken(row: Row) -> str:
    """A file of the student that could not be read, and why."""
    name, why = escape(row.file), escape(row.message)
    return f'<section class="yet"><h2>{name}</h2><p>{why}</p></section>'


def lookup_in(exercises: Mapping[str, Exercise]) -> Lookup:
    """A lookup in a dictionary."""
    return exercises.get
