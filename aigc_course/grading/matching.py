"""Whose notebook is it? By the names that platforms give to files, or by a name in it.

Moodle's zip has folders "Ann Lee_123_assignsubmission_file_": 123 is the "Identifier"
of the worksheet. Canvas's files are "leeann_45_678_work.ipynb": 45 is the "ID".
Gradescope's export has folders "submission_9" and a list of who handed each in. In any
other folder a login, a student number, an e-mail address or a full name will do.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aigc_course.files import read_bytes
from aigc_course.grading.archive import opened
from aigc_course.grading.notebook import Unreadable
from aigc_course.grading.roster import Roster, Student
from aigc_course.grading.rows import Row
from aigc_course.grading.submissions import content

METADATA = "submission_metadata.yml"
_MOODLE = re.compile(r"^(?P<name>.+)_(?P<id>\d+)_assignsubmission_")
_CANVAS = re.compile(r"^[^_/]+(?:_late)?_(?P<id>\d+)_\d+_", re.I)
_GRADESCOPE = re.compile(r"^submission_\d+$")
_SUBMITTER = re.compile(r"^\s*-?\s*:(?P<what>name|sid|email):\s*(?P<value>.*?)\s*$")
_SPLIT = re.compile(r"[\s_.,()+-]+")
_ENDING = re.compile(r"(\.ipynb|\.py|\.zip|\.txt|\.json)+(?= ?\(\d+\)$|$)", re.I)
_MOST_BYTES = 2**24
_MOST_WORDS = 6  # of a name


@dataclass
class Matched:
    """Which rows are whose. lost: file -> why it is nobody's, a sentence."""

    rows: dict[Student, list[Row]] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)


def match(rows: Sequence[Row], roster: Roster, place: Path | None = None) -> Matched:
    """Sort rows by student. place: the folder handed in, for Gradescope's list."""
    keys = _index(roster.students)
    handed = _handed_in(place) if roster.lms == "gradescope" else {}
    found = Matched()
    whose: dict[str, Student | str] = {}
    for row in rows:
        if row.file not in whose:
            whose[row.file] = _whose(row.file, roster, keys, handed)
        one = whose[row.file]
        if isinstance(one, str):
            found.lost[row.file] = one
        else:
            found.rows.setdefault(one, []).append(row)
    return found


def _whose(
    file: str,
    roster: Roster,
    keys: dict[str, set[Student]],
    handed: dict[str, list[str]],
) -> Student | str:
    """The student, or why there is none."""
    parts = file.split("/")
    if roster.lms == "moodle" and (hit := _first(_MOODLE, parts)):
        return _only(
            keys.get(plain(f"Participant {hit['id']}"), set())
            or keys.get(plain(hit["id"]), set())
            or keys.get(plain(hit["name"]), set()),
            f"No student of the roster is participant {hit['id']}, {hit['name']}.",
        )
    if roster.lms == "canvas" and (hit := _first(_CANVAS, parts)):
        own = {s for s in roster.students if s.cells.get("ID", "").strip() == hit["id"]}
        return _only(own, f"No student of the roster has the ID {hit['id']}.")
    named = [name for part in parts for name in handed.get(part, [])]
    if named:
        listed = [student for one in named for student in keys.get(plain(one), set())]
        return _only(set(listed), f"No student of the roster is {' or '.join(named)}.")
    return _by_name(parts, keys)


def _by_name(parts: Sequence[str], keys: dict[str, set[Student]]) -> Student | str:
    """By a whole name of a file or folder; else by words within one."""
    stems = [_ENDING.sub("", part) for part in parts]
    whole = {student for stem in stems for student in keys.get(plain(stem), set())}
    within = {
        student
        for stem in stems
        for words in _runs(_SPLIT.split(stem))
        for student in keys.get(plain(words), set())
    }
    return _only(whole or within, "No student of the roster has a name like this.")


def _only(found: set[Student], why_none: str) -> Student | str:
    if len(found) == 1:
        return next(iter(found))
    if not found:
        return why_none
    names = " and ".join(sorted(one.name or one.keys[0] for one in found)[:4])
    return f"It fits more than one student: {names}."


def plain(text: str) -> str:
    """Letters and digits alone, in one case, so that spellings of a name agree.

    >>> plain("Müller, Ann-Lee"), plain("müllerannlee")
    ('müllerannlee', 'müllerannlee')
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(one for one in folded if one.isalnum() or one == "@")


def _index(students: Iterable[Student]) -> dict[str, set[Student]]:
    """Every spelling by which a student can be known."""
    found: dict[str, set[Student]] = {}
    for student in students:
        last, comma, first = student.name.partition(",")
        words = f"{first} {last}".split() if comma else student.name.split()
        turned = [*words[-1:], *words[:-1]]
        for key in {*student.keys, " ".join(words), " ".join(turned), student.name}:
            if plain(key):
                found.setdefault(plain(key), set()).add(student)
    return found


def _runs(words: Sequence[str]) -> Iterable[str]:
    """Each run of words; "02" and the like name a chapter and no student."""
    for start in range(len(words)):
        for end in range(start + 1, min(start + _MOST_WORDS, len(words)) + 1):
            run = " ".join(words[start:end])
            if len(plain(run)) > 2 or not run.isascii():
                yield run


def _first(pattern: re.Pattern[str], parts: Sequence[str]) -> re.Match[str] | None:
    return next((hit for part in parts if (hit := pattern.match(part))), None)


def _handed_in(place: Path | None) -> dict[str, list[str]]:
    """Gradescope's list: folder -> the numbers, addresses or names of who handed in.

    Only its lines `submission_9:`, `:name:`, `:sid:` and `:email:` are read.
    """
    found: dict[str, list[str]] = {}
    for text in _metadata(place) if place else ():
        folder = ""
        for line in text.splitlines():
            if not line[:1].isspace():
                folder = line.strip().strip("'\"").rstrip(":").strip("'\"")
            elif folder and (hit := _SUBMITTER.match(line)):
                found.setdefault(folder, []).append(hit["value"].strip("'\""))
    return {name: _surest(all) for name, all in found.items() if all}


def _metadata(place: Path) -> Iterator[str]:
    """The texts of Gradescope's lists, in a folder or in the zip as downloaded."""
    archives = [place] if place.is_file() else sorted(place.glob("*.zip"))
    if place.is_dir():
        for path in sorted(place.glob(f"**/{METADATA}")):
            yield read_bytes(path, _MOST_BYTES).decode("utf-8", "replace")
    for path in archives:
        try:
            archive = opened(content(path))
            for name in archive.names:
                if name.rpartition("/")[2] == METADATA:
                    yield archive.read(name).decode("utf-8", "replace")
        except Unreadable:  # it has a row of its own that says why
            continue


def _surest(values: list[str]) -> list[str]:
    """Addresses and numbers, where there are any: names may be shared."""
    sure = [one for one in values if "@" in one or any(c.isdigit() for c in one)]
    return sure or values
