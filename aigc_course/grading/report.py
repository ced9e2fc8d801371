"""The report on a class: scores, what went wrong how often, what to look at."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape

from aigc_course.grading.rows import TROUBLE, Row

_SIGNS = {"passed": "✓", "not attempted": "○", "misconception": "◐", "wrong": "◐"}
_ERROR, _TROUBLE = "✗", "!"
_MARKS = re.compile(r"([\\\[\]!*_~#])")
_LEGEND = (
    "✓ passed · ◐ not right yet · ✗ stopped with an error · ○ not attempted ·"
    " ! to look at, see below"
)


def report(rows: Sequence[Row], title: str, conditions: str) -> str:
    """The report as Markdown."""
    parts = [f"# Grades: {_cell(title)}", _summary(rows), conditions]
    for chapter in sorted({_chapter(row) for row in rows if row.exercise}):
        own = [row for row in rows if row.exercise and _chapter(row) == chapter]
        parts += [f"## Chapter {chapter}: scores", _LEGEND, _scores(own)]
        parts += [f"## Chapter {chapter}: exercises", _exercises(own)]
        parts += [f"## Chapter {chapter}: misconceptions", _misconceptions(own)]
    parts += ["## To look at", _trouble(rows)]
    return "\n\n".join(parts) + "\n"


def _summary(rows: Sequence[Row]) -> str:
    files = {row.file for row in rows}
    looked = {row.file for row in rows if row.is_trouble}
    kinds = "notebook" if len(files) == 1 else "notebooks"
    return f"{len(files)} {kinds}; {len(looked)} of them to look at."


def _scores(rows: Sequence[Row]) -> str:
    """A line for each notebook: points, per cent, a sign for each exercise."""
    exercises = list(dict.fromkeys(row.exercise for row in rows))
    names = [_code(one.partition(".")[2]) for one in exercises]
    lines = []
    for file, own in _grouped(rows, "file").items():
        points, most = sum(r.points for r in own), sum(r.out_of for r in own)
        signs = {row.exercise: _sign(row) for row in own}
        share = f"{points / most:.0%}" if most else ""
        lines.append([_cell(file), f"{points}/{most}", share, *signs.values()])
    return _table(["notebook", "points", "share", *names], lines)


def _exercises(rows: Sequence[Row]) -> str:
    lines = []
    for exercise, own in _grouped(rows, "exercise").items():
        count = Counter(row.status for row in own)
        usual = Counter(row.misconception for row in own if row.misconception)
        most = usual.most_common(1)
        often = f"{_code(most[0][0])} ({most[0][1]})" if most else "–"
        passed, tried = count["passed"], len(own) - count["not attempted"]
        tried -= count["missing"]
        cells = [f"{passed} of {len(own)}", str(tried), f"{own[0].out_of}", often]
        lines.append([_code(exercise), *cells])
    head = ["exercise", "passed", "tried", "points", "most frequent misconception"]
    return _table(head, lines)


def _misconceptions(rows: Sequence[Row]) -> str:
    """Most frequent first, with the sentence that its students have read."""
    known = [row for row in rows if row.misconception]
    if not known:
        return "None was recognised."
    says: dict[tuple[str, str], str] = {}
    for row in sorted(known, key=lambda row: -len(row.message)):
        says[row.exercise, row.misconception] = row.message  # the one without notes
    count = Counter((row.exercise, row.misconception) for row in known)
    lines = [
        [str(n), _code(exercise), _code(name), _cell(says[exercise, name])]
        for (exercise, name), n in count.most_common()
    ]
    head = ["notebooks", "exercise", "misconception", "what the check says"]
    return _table(head, lines)


def _trouble(rows: Sequence[Row]) -> str:
    """Each notebook with trouble and why; the same reason is said once."""
    lines = []
    for file, own in _grouped([row for row in rows if row.is_trouble], "file").items():
        for status in TROUBLE:
            alike = [row for row in own if row.status == status]
            if alike:
                lines.append(f"- **{_cell(file)}**: {status}{_which(alike)}")
    return "\n".join(lines) or "Nothing."


def _which(rows: Sequence[Row]) -> str:
    names = ", ".join(_code(row.exercise) for row in rows if row.exercise)
    reasons = dict.fromkeys(row.message for row in rows)
    first, more = _cell(next(iter(reasons))), len(reasons) - 1
    others = f" ({more} more in the score sheet)" if more else ""
    return f"{f' ({names})' if names else ''}. {first}{others}"


def _grouped(rows: Iterable[Row], by: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(getattr(row, by), []).append(row)
    return groups


def _sign(row: Row) -> str:
    if row.status == "error":
        return _ERROR
    return _TROUBLE if row.is_trouble else _SIGNS.get(row.status, _ERROR)


def _chapter(row: Row) -> str:
    return row.exercise.partition(".")[0]


def _code(text: str) -> str:
    return f"`{text}`"


def _cell(text: str) -> str:
    """Text that no table and no page takes for markup; `code` stays code.

    A student's line of code may hold links, pictures and bold praise: outside of `code`
    every mark of Markdown is escaped, and inside of it nothing is one.
    """
    parts = text.split("`")
    if len(parts) % 2 == 0 or "``" in text:  # a backtick without its partner
        parts = [text.replace("`", "'")]
    parts[::2] = [_MARKS.sub(r"\\\1", escape(part, quote=False)) for part in parts[::2]]
    return "`".join(parts).replace("|", "\\|")


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
