"""A class list, as the learning platform exports it.

Canvas: Grades, Export: "Student", "ID", "SIS Login ID", "Section", a column for each
assignment, and a row "Points Possible". Moodle: the assignment's grading worksheet:
"Identifier", "Full name", "Email address", "Grade", "Maximum Grade". Gradescope: the
roster or the grades: "First Name", "Last Name", "SID", "Email". What is written back
has the columns and the identifiers of the file that was read, so that it is taken.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from aigc_course.errors import CourseError
from aigc_course.files import read_bytes

Lms = Literal["canvas", "moodle", "gradescope"]

_MOST_BYTES = 2**24
_POINTS = "points possible"
_MANUAL = "manual posting"
# columns that must be there; a group of names is satisfied by one of them
NEEDED: dict[str, tuple[tuple[str, ...], ...]] = {
    "canvas": (("Student",), ("ID", "SIS Login ID", "SIS User ID"), ("Section",)),
    "moodle": (("Identifier",), ("Full name",), ("Grade",)),
    "gradescope": (("First Name", "Name"), ("Last Name", "Name"), ("SID", "Email")),
}
# columns whose values name one student; no two students share one
UNIQUE = {
    "canvas": ("ID", "SIS User ID", "SIS Login ID"),
    "moodle": ("Identifier", "ID number", "Username", "Email address"),
    "gradescope": ("SID", "Email"),
}


@dataclass(frozen=True, eq=False)
class Student:
    """A line of the class list.

    cells: column -> text. line: its number in the file. keys: what else than the name
    tells the student from all others.
    """

    name: str
    cells: Mapping[str, str]
    line: int
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Roster:
    """The class. columns: of the file, in order. most: column -> points possible.

    above: lines between the head and the first student that Canvas wants back.
    """

    lms: Lms
    columns: tuple[str, ...]
    students: tuple[Student, ...]
    most: Mapping[str, float]
    above: tuple[Mapping[str, str], ...] = ()


def read(path: Path, lms: str | None = None) -> Roster:
    """The class list in a CSV file; lms: by default what its columns say.

    Raises CourseError for what is no text in UTF-8, no table, lacks a column, names two
    students by one identifier, or holds no student.
    """
    columns, lines = _table(path)
    kind = _kind(path, columns, lms)
    above = [cells for _, cells in lines if _is_above(cells)]
    students = [
        _student(kind, number, cells)
        for number, cells in lines
        if any(cells.values()) and not _is_above(cells) and _is_learner(cells)
    ]
    if not students:
        raise CourseError(f"{path} has a head and no student below it.")
    _refuse_doubles(path, kind, students)
    most = _most(above, students)
    return Roster(kind, columns, tuple(students), most, tuple(above))


def _table(path: Path) -> tuple[tuple[str, ...], list[tuple[int, dict[str, str]]]]:
    """The columns, and each line with its number."""
    text = _text(path)
    head = text.partition("\n")[0]
    mark = max(",;\t", key=head.count)
    try:
        read = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    except csv.Error as error:
        raise CourseError(f"{path} is no table of values: {error}.") from error
    columns = tuple(one.strip() for one in read[0]) if read else ()
    if len(columns) < 2:
        raise CourseError(f"{path} is empty, or its first line names no columns.")
    doubled = {one for one in columns if one and columns.count(one) > 1}
    if doubled:
        raise CourseError(f"{path} has two columns {sorted(doubled)[0]!r}.")
    return columns, [
        (number, dict(zip(columns, [*cells, *[""] * len(columns)], strict=False)))
        for number, cells in enumerate(read[1:], 2)
    ]


def _text(path: Path) -> str:
    content = read_bytes(path, _MOST_BYTES)
    if content[:2] == b"PK":
        raise CourseError(f"{path} is an Excel workbook: save it as CSV in UTF-8.")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\0", "")
    except UnicodeDecodeError as error:
        raise CourseError(
            f"{path} is not in UTF-8 (byte {error.start} is not): export it again, or"
            ' save it as "CSV UTF-8".'
        ) from None


def _kind(path: Path, columns: Sequence[str], lms: str | None) -> Lms:
    """The platform; what was asked for, or what fits. Raises CourseError for none."""
    lacking = {
        name: [" or ".join(group) for group in groups if not {*group} & {*columns}]
        for name, groups in NEEDED.items()
    }
    if lms is not None:
        kind = lms
        if lacking[kind]:
            raise CourseError(
                f"{path} lacks the columns {', '.join(lacking[kind])}, which"
                f" {kind.title()} writes; it has {', '.join(filter(None, columns))}."
            )
    else:
        fitting = [name for name, missing in lacking.items() if not missing]
        if not fitting:
            raise CourseError(
                f"{path} looks like no class list of Canvas, Moodle or Gradescope: name"
                " the platform by --lms, and see which columns are missing."
            )
        kind = fitting[0]
    for name in ("canvas", "moodle", "gradescope"):
        if name == kind:
            return name  # type: ignore[return-value]
    raise CourseError(f"There is no platform {kind!r}.")


def _student(kind: Lms, line: int, cells: Mapping[str, str]) -> Student:
    keys = [cells.get(column, "").strip() for column in UNIQUE[kind]]
    email = cells.get("Email", "") or cells.get("Email address", "")
    keys += [cells.get("SIS Login ID", "").partition("@")[0], email.partition("@")[0]]
    name = cells.get("Student") or cells.get("Full name") or cells.get("Name") or ""
    if kind == "gradescope" and not name:
        name = f"{cells.get('First Name', '')} {cells.get('Last Name', '')}"
    name = " ".join(name.split())
    if not name and not any(keys):
        raise CourseError(f"Line {line} of the roster names no student.")
    return Student(name, cells, line, tuple(dict.fromkeys(filter(None, keys))))


def _is_above(cells: Mapping[str, str]) -> bool:
    """Whether it is a line of Canvas that is no student."""
    first = next(iter(cells.values())).strip().lower()
    manual = any(value.strip().lower() == _MANUAL for value in cells.values())
    return "Student" in cells and (first == _POINTS or (not first and manual))


def _is_learner(cells: Mapping[str, str]) -> bool:
    """Gradescope's roster lists teachers too."""
    return cells.get("Role", "").strip().lower() in ("", "student")


def _refuse_doubles(path: Path, kind: Lms, students: Sequence[Student]) -> None:
    for column in UNIQUE[kind]:
        seen: dict[str, int] = {}
        for one in students:
            value = one.cells.get(column, "").strip().casefold()
            if value and value in seen:
                raise CourseError(
                    f"{path} names two students by the {column} {value!r}, in lines"
                    f" {seen[value]} and {one.line}: one identifier is one student."
                )
            seen[value] = one.line


def _most(
    above: Sequence[Mapping[str, str]], students: Sequence[Student]
) -> dict[str, float]:
    """The points possible of each column that states them."""
    found = {
        column: value
        for cells in above
        for column, text in cells.items()
        if (value := _number(text)) is not None
    }
    worksheet = _number(students[0].cells.get("Maximum Grade", ""))
    return found if worksheet is None else {**found, "Grade": worksheet}


def _number(text: str) -> float | None:
    """A positive number, with a point or a comma, or None."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if 0 < value < float("inf") else None
