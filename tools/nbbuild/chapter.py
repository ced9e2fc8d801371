"""Read one chapter: a jupytext percent script whose cells all have ids."""

import copy
import functools
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat import NotebookNode

from aigc_course.errors import CourseError

MARKER = re.compile(r"\s*#\s*%%%*(\s|$)")
CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")  # what nbformat 4.5 allows
# Notes that jupytext keeps for itself while it reads
READER_NOTES = ("lines_to_next_cell", "lines_to_end_of_cell_marker", "cell_marker")


@dataclass(frozen=True)
class Chapter:
    """A chapter as written; `cells` hold true notebook ids.

    lines: the line of each cell's `# %%` marker, counted from 1.
    """

    path: Path
    text: str
    head: dict[str, Any]
    cells: list[NotebookNode]
    lines: list[int]

    @property
    def stem(self) -> str:
        """File name without suffix, `NN_slug`."""
        return self.path.stem

    @property
    def number(self) -> str:
        """Two digits, `NN`."""
        return self.path.stem[:2]

    @property
    def source(self) -> str:
        """SHA-256 of the text, kept in built notebooks to see what they came from."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def where(self, index: int) -> str:
        """`chapters/NN_slug.py:LINE` of one cell, for messages."""
        return f"chapters/{self.path.name}:{self.lines[index]}"


def read(path: Path) -> Chapter:
    """Read a chapter and give each cell the id written in its `# %%` line.

    Raises CourseError for what jupytext refuses, and naming every line whose cell has
    no id or a malformed one.
    """
    text = path.read_text(encoding="utf-8")  # universal newlines: same hash everywhere
    notebook = copy.deepcopy(_parsed(path.name, text))
    lines = [n for n, line in enumerate(text.split("\n"), 1) if MARKER.match(line)]
    if len(lines) != len(notebook.cells):
        raise CourseError(
            f"chapters/{path.name} has {len(lines)} `# %%` lines but"
            f" {len(notebook.cells)} cells: every cell starts with one, and no string"
            " or fenced block may hold one."
        )
    chapter = Chapter(path, text, dict(notebook.metadata), notebook.cells, lines)
    _give_ids(chapter)
    return chapter


@functools.cache  # a tenth of a second each, and tests read them again and again
def _parsed(name: str, text: str) -> NotebookNode:
    try:
        notebook = jupytext.reads(text, fmt="py:percent")
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        reason = str(error).split("\n")[0]
        raise CourseError(f"chapters/{name} cannot be read: {reason}.") from error
    return notebook


def _give_ids(chapter: Chapter) -> None:
    problems = []
    for index, cell in enumerate(chapter.cells):
        for note in READER_NOTES:
            cell.metadata.pop(note, None)
        # jupytext keeps id="..." as metadata and gives the cell itself a random id
        cell_id = cell.metadata.pop("id", None)
        if isinstance(cell_id, str) and CELL_ID.fullmatch(cell_id):
            cell.id = cell_id
        else:
            problems.append(f"{chapter.where(index)}: {_id_problem(chapter, cell_id)}")
    if problems:
        raise CourseError("\n".join(problems))


def _id_problem(chapter: Chapter, cell_id: object) -> str:
    wanted = f'write # %% id="{chapter.number}-name"'
    if cell_id is None:
        return f"the cell has no id; {wanted}."
    return f"{cell_id!r} is no cell id (letters, digits, - and _); {wanted}."
