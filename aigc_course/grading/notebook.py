"""The code cells in the bytes of a notebook or a Python file, within limits."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

_MOST_CELLS = 5_000
_MOST_TEXT = 2_000_000  # characters of code
# what these marks make in memory: a text of 50 MB may else become gigabytes
_MOST_THINGS, _MOST_COMMAS = 500_000, 5_000_000
_CELL_ID = re.compile(r"(\d\d)-[a-z]")
_USE = re.compile(r"""checks\.use\(\s*["'](\d\d)\.""")
_FILE = re.compile(r"(?:^|\D)(\d\d)[_\- ]")
_PERCENT = re.compile(r"^#\s*%%(.*)$", re.M)
# how a file begins that is something else -> what it is
_INSTEAD = {
    "version https://git-lfs": "a pointer of Git LFS",
    "<<<<<<<": "a file in which Git left marks of a conflict",
    "<!doctype": "a web page",
    "<html": "a web page",
    "<?xml": "an XML file",
    "%pdf": "a PDF",
}


class Unreadable(Exception):
    """The file cannot be graded; the message is a sentence that says why."""


def text_of(content: bytes) -> str:
    """The text of a file. Raises Unreadable."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError:
            pass
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("The file is no text in UTF-8.") from error


def code_cells(
    text: str, *, is_python: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The text of the code cells, and the ids of all cells. Raises Unreadable."""
    if not text.strip():
        raise Unreadable("The file is empty.")
    if is_python and not text.lstrip().startswith("{"):
        cells, ids = _of_python(text), list[str]()
    else:
        cells, ids = _of_notebook(_loaded(text))
    if not cells:
        raise Unreadable("There is no code cell in the notebook.")
    if len(cells) > _MOST_CELLS:
        raise Unreadable(f"The notebook has more than {_MOST_CELLS:,} code cells.")
    if sum(map(len, cells)) > _MOST_TEXT:
        raise Unreadable(f"Its code is longer than {_MOST_TEXT:,} characters.")
    return tuple(cells), tuple(ids)


def chapter_of(name: str, cells: Sequence[str], ids: Sequence[str]) -> str:
    """The chapter that most cells name, by their ids or their checks; else the file."""
    votes: Counter[str] = Counter()
    for id in ids:
        votes.update(_CELL_ID.findall(id)[:1])
    for cell in cells:
        votes.update(_USE.findall(cell))
    if votes:
        return votes.most_common(1)[0][0]
    in_name = _FILE.search(name.rpartition("/")[2])
    return in_name[1] if in_name else ""


def _loaded(text: str) -> dict[str, Any]:
    things = text.count("{") + text.count("[")
    if things > _MOST_THINGS or text.count(",") > _MOST_COMMAS:
        raise Unreadable("The file is no notebook: it holds too many things.")
    start = text.lstrip()[:30].lower()
    for begins, instead in _INSTEAD.items():
        if start.startswith(begins):
            raise Unreadable(f"The file is no notebook but {instead}.")
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError, MemoryError) as error:
        kind = "damaged JSON" if isinstance(error, ValueError) else "too deep"
        if "\n<<<<<<<" in text:
            kind = "Git left marks of a conflict in it"
        raise Unreadable(f"The file is no notebook ({kind}).") from error
    if not isinstance(whole, dict):
        raise Unreadable("The file is no notebook (its JSON is no object).")
    return whole


def _of_notebook(whole: dict[str, Any]) -> tuple[list[str], list[str]]:
    cells = whole.get("cells")
    if cells is None and isinstance(whole.get("worksheets"), list):  # before 2015
        sheets = [one for one in whole["worksheets"] if isinstance(one, dict)]
        cells = [cell for one in sheets for cell in one.get("cells") or []]
    if not isinstance(cells, list):
        raise Unreadable("The file is no notebook (it has no list of cells).")
    found, ids = [], []
    for cell in cells:
        if not isinstance(cell, dict):
            raise Unreadable("The file is no notebook (a cell is no object).")
        ids.append(str(cell.get("id", ""))[:100])
        source = cell.get("source", cell.get("input", ""))
        if isinstance(source, list):
            source = "".join(map(str, source))
        if cell.get("cell_type") == "code":
            found.append(str(source).replace("\r\n", "\n"))
    return found, ids


def _of_python(text: str) -> list[str]:
    """A script as cells: at each `# %%` a new one; Markdown cells are left out."""
    marks = list(_PERCENT.finditer(text))
    if not marks:
        return [text]
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    parts = [text[: marks[0].start()]]
    for mark, end in zip(marks, ends, strict=True):
        if "[markdown]" not in mark[1] and "[raw]" not in mark[1]:
            parts.append(text[mark.end() : end])
    return [part for part in parts if part.strip()]
