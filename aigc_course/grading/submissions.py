"""Finds what was handed in and reads the code cells; runs none of it."""

import re
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aigc_course.errors import CourseError

MOST_BYTES = 100 * 2**20
_CELL_ID = re.compile(r"(\d\d)-[a-z]")
_USE = re.compile(r"""checks\.use\(\s*["'](\d\d)\.""")
_FILE = re.compile(r"(?:^|\D)(\d\d)[_\- ]")


@dataclass(frozen=True)
class Submission:
    """A notebook that was handed in.

    file: its path below the folder, with "/". cells: the code cells' text, in order.
    chapter: two digits, or "" where it cannot be told. unreadable: why it could not be
    read, a sentence, or "".
    """

    file: str
    cells: tuple[str, ...] = ()
    chapter: str = ""
    unreadable: str = ""


def find(place: Path) -> list[Submission]:
    """Every notebook in a folder and below it, or the one notebook, sorted by path.

    Hidden files and folders are left out; Jupyter keeps its checkpoints there.
    Raises CourseError when there is no such place, or no notebook in it.
    """
    if place.is_file():
        return [read(place, place.name)]
    if not place.is_dir():
        raise CourseError(f"There is no file or folder {place}.")
    names = [path.relative_to(place) for path in sorted(place.rglob("*.ipynb"))]
    shown = [name for name in names if not _is_hidden(name)]
    if not shown:
        raise CourseError(f"There is no notebook (*.ipynb) in {place}.")
    return [read(place / name, name.as_posix()) for name in shown]


def read(path: Path, name: str) -> Submission:
    """The code cells of a notebook; what cannot be read says why and raises nothing."""
    try:
        if not path.is_file():
            return Submission(name, unreadable="This is no file.")
        if path.stat().st_size > MOST_BYTES:
            limit = f"{MOST_BYTES // 2**20} MiB"
            return Submission(name, unreadable=f"The file is larger than {limit}.")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Submission(name, unreadable=f"The file cannot be opened: {reason}.")
    except UnicodeDecodeError:
        return Submission(name, unreadable="The file is no text in UTF-8.")
    return _parsed(name, text)


def _parsed(name: str, text: str) -> Submission:
    if not text.strip():
        return Submission(name, unreadable="The file is empty.")
    try:
        cells = _cells(text)
    except Exception as error:  # nbformat raises many kinds for a damaged notebook
        reason = f"The file is no notebook ({type(error).__name__})."
        return Submission(name, unreadable=reason)
    code = tuple(str(c["source"]) for c in cells if c.get("cell_type") == "code")
    if not code:
        return Submission(name, unreadable="There is no code cell in the notebook.")
    return Submission(name, code, _chapter(name, cells))


def _cells(text: str) -> list[Any]:
    import nbformat

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of ids that are missing or stand twice
        notebook = nbformat.reads(text, as_version=4)
    return [cell for cell in notebook["cells"] if "source" in cell]


def _chapter(name: str, cells: list[Any]) -> str:
    """The chapter that most cells name, by their ids or their checks; else the file."""
    votes: Counter[str] = Counter()
    for cell in cells:
        votes.update(_CELL_ID.findall(str(cell.get("id", "")))[:1])
        votes.update(_USE.findall(str(cell["source"])))
    if votes:
        return votes.most_common(1)[0][0]
    in_name = _FILE.search(name.rpartition("/")[2])
    return in_name[1] if in_name else ""


def _is_hidden(name: Path) -> bool:
    return any(part.startswith(".") for part in name.parts)
