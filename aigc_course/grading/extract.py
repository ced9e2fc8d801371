"""Takes one function out of a notebook by its name, with what it needs and no more.

Of several definitions the last counts, as it would in the notebook. Taken along are the
imports, functions, classes and values at the top level that it uses, and what those
use. Not taken are statements that compute with the course's own package (data,
training, ...) or with a result of it: that is the notebook's long work, and a function
of an exercise gets what it needs as arguments. Where it uses the function of another
exercise it gets the course's, which is what `checks.use` gives it in the notebook.
"""

import ast
import linecache
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from aigc_course.checks.attempt import first_line
from aigc_course.grading.needs import (
    IMPORT,
    calls,
    compiled,
    module,
    only,
    path_of,
    refuse_checks,
    wanted,
)
from aigc_course.grading.pieces import Broken, Piece, is_definition, pieces

# what a notebook begins with: a deleted first cell costs nobody an exercise
USUAL = {
    "F": "import torch.nn.functional as F",
    "Tensor": "from torch import Tensor",
    "math": "import math",
    "nn": "from torch import nn",
    "np": "import numpy as np",
    "torch": "import torch",
}
_OWN = "aigc_course"
_QUICK = {("training", "get_device")}  # `device = training.get_device("auto")`


_pieces = lru_cache(maxsize=1)(pieces)  # of one notebook several functions are taken


class Missing(Exception):
    """There is no definition that can be read; the message says what there is."""

    def __init__(self, message: str, broken: bool) -> None:
        super().__init__(message)
        self.broken = broken


@dataclass
class Extract:
    """One function's code. chosen: the statements, as they come in the notebook.

    notes: what a teacher should know, sentences. left_out: names of values that the
    function uses and that are not computed.
    """

    name: str
    chosen: list[Piece]
    notes: list[str]
    left_out: list[str] = field(default_factory=list)


def extract(name: str, cells: tuple[str, ...], others: Mapping[str, Any]) -> Extract:
    """The function `name` of a notebook and what it needs; runs nothing.

    others: names that need no looking up, such as the functions of other exercises.
    Raises Missing and AsksTheChecker.
    """
    found, broken = _pieces(cells)
    mine = [p for p in found if name in p.binds and is_definition(p.node)]
    unread = [b for b in broken if name in b.defines]
    if not mine:
        raise _missing(name, unread)
    one = Extract(name, [], _notes(name, mine, unread))
    _Gatherer(found, others, one).take(mine[-1])
    one.chosen.sort(key=lambda piece: (piece.cell, piece.node.lineno))
    return one


def note_of(name: str, cells: tuple[str, ...]) -> list[str]:
    """What a teacher should know of the definitions of a function, sentences."""
    found, broken = _pieces(cells)
    mine = [p for p in found if name in p.binds and is_definition(p.node)]
    return _notes(name, mine, [b for b in broken if name in b.defines])


def load(one: Extract, cells: tuple[str, ...], others: Mapping[str, Any]) -> Any:
    """Run the chosen statements and return the function.

    Statements wait for names that a later one defines, since cells get moved. Raises
    what they raise.
    """
    space: dict[str, Any] = {**others, "__name__": "notebook"}
    waiting = [p for p in one.chosen if isinstance(p.node, IMPORT)]
    waiting += [p for p in one.chosen if not isinstance(p.node, IMPORT)]
    while waiting:
        late = [piece for piece in waiting if not _ran(piece, cells, space, one.notes)]
        if len(late) == len(waiting):
            _run(late[0], cells, space)
            raise NameError(f"{one.name} cannot be built")
        waiting = late
    return space[one.name]


class _Gatherer:
    """Collects a statement, the statements that give it its names, and so on."""

    def __init__(
        self, found: list[Piece], others: Mapping[str, Any], into: Extract
    ) -> None:
        self.found, self.others, self.into = found, others, into
        self.asked: set[str] = {into.name}

    def take(self, piece: Piece) -> None:
        if piece in self.into.chosen:
            return
        refuse_checks(piece.node)
        self.into.chosen.append(piece)
        if not isinstance(piece.node, IMPORT):
            for name in sorted(wanted(compiled(piece.node))):
                self.need(name)

    def need(self, name: str) -> None:
        if name in self.asked or name in self.others:
            return
        self.asked.add(name)
        giving = [piece for piece in self.found if name in piece.binds]
        if giving and self._is_long_work(giving[-1]):
            self.into.left_out.append(name)
        elif giving:
            for piece in self._imports_or_last(giving):
                self.take(only(piece, name))
        elif name in USUAL:
            self.take(Piece(0, ast.parse(USUAL[name]).body[0], frozenset([name])))

    def _imports_or_last(self, giving: list[Piece]) -> list[Piece]:
        """The last; of imports all, since `try: import a` / `except: import b`."""
        all_imports = all(isinstance(piece.node, IMPORT) for piece in giving)
        return giving if all_imports else giving[-1:]

    def _is_long_work(self, piece: Piece) -> bool:
        value = getattr(piece.node, "value", None)
        if isinstance(piece.node, IMPORT) or value is None:
            return False
        return any(self._is_own(call.func, {*piece.binds}) for call in calls(value))

    def _is_own(self, function: ast.expr, above: set[str]) -> bool:
        """Whether a call leads into the course's package or to a result of it."""
        path = path_of(function)
        if not path or path in _QUICK or path[0] in above:
            return False
        giving = [piece for piece in self.found if path[0] in piece.binds]
        if not giving:
            return False
        node = giving[-1].node
        if isinstance(node, IMPORT):
            return module(node).partition(".")[0] == _OWN
        value = getattr(node, "value", None)
        if value is None:  # a function or class of the notebook
            return False
        return any(self._is_own(c.func, {*above, path[0]}) for c in calls(value))


def _run(piece: Piece, cells: tuple[str, ...], space: dict[str, Any]) -> None:
    filename = f"<cell {piece.cell}>"
    if piece.cell:  # so that a message can quote the line that stopped
        text = cells[piece.cell - 1]
        lines = text.splitlines(keepends=True)
        linecache.cache[filename] = (len(text), None, lines, filename)
    exec(compiled(piece.node, filename), space)


def _ran(
    piece: Piece, cells: tuple[str, ...], space: dict[str, Any], notes: list[str]
) -> bool:
    try:
        _run(piece, cells, space)
    except NameError:
        return False
    except ImportError as error:
        if not isinstance(piece.node, IMPORT):
            raise
        notes.append(f"`{ast.unparse(piece.node)}` fails: {first_line(error)}.")
    return True


def _notes(name: str, mine: list[Piece], unread: list[Broken]) -> list[str]:
    count = len(mine) + len(unread)
    if count < 2:
        return []
    last = "the last one that can be read" if unread else "the last one"
    return [f"There are {count} definitions of `{name}`; {last} counts."]


def _missing(name: str, unread: list[Broken]) -> Missing:
    if not unread:
        return Missing(f"There is no function `{name}` in the notebook.", broken=False)
    one = unread[-1]
    where = f"code cell {one.cell}, line {one.line}"
    version = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    newer = f" {version} read it: newer syntax than that is an error here."
    text = f"`{name}` cannot be read: {one.reason} ({where}).{newer}"
    return Missing(text, broken=True)
