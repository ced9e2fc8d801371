"""The top-level statements of a notebook, however damaged the cells around them are."""

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

# a line that only IPython understands: %magic, !command, ?help, help?
_IPYTHON = re.compile(r"^(\s*)(?:[%!?].*|[\w.]+\?\??\s*)$")
# the line goes on with what began above it
_GOES_ON = re.compile(r"[\s)\]}#]|(?:else|elif|except|finally)\b|$")
# a cell under another magic than these holds a shell script, HTML, a file to write
_OTHER_CELL = re.compile(r"\s*%%(?!time\b|timeit\b|capture\b|prun\b|debug\b)")
_MOST_JOINED = 40  # chunks: a text over several lines may look like many
_DEFINED = re.compile(r"^(?:def|class)\s+(\w+)", re.M)


@dataclass(frozen=True)
class Piece:
    """A statement at the top level of a cell, also one under its `if`, `try`, `with`.

    cell: number of the code cell, from 1. binds: the names it gives a value to.
    """

    cell: int
    node: ast.stmt
    binds: frozenset[str]


@dataclass(frozen=True)
class Broken:
    """A part of a cell that is no Python. defines: functions whose text is in it."""

    cell: int
    line: int
    reason: str
    defines: frozenset[str]


def pieces(cells: tuple[str, ...]) -> tuple[list[Piece], list[Broken]]:
    """All statements of the code cells in order, and what could not be read."""
    good: list[Piece] = []
    bad: list[Broken] = []
    for number, source in enumerate(cells, 1):
        for found in _read(source):
            if isinstance(found, ast.stmt):
                good += [Piece(number, node, _binds(node)) for node in _flat(found)]
            else:
                bad.append(_broken(number, *found))
    return good, bad


def is_definition(node: ast.stmt) -> bool:
    """Whether it defines a function: `def`, `f = lambda ...`, or `f = another`.

    `f = checks.use("05.f", f)` is none: that is the notebook's own cell.
    """
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return True
    return isinstance(node, ast.Assign) and isinstance(
        node.value, ast.Lambda | ast.Name
    )


def _read(source: str) -> Iterator[ast.stmt | tuple[str, int, SyntaxError]]:
    """The statements; a cell that is no Python as a whole is read chunk by chunk."""
    if _OTHER_CELL.match(source):
        return
    for text in (source, _without_ipython(source)):
        tree = _parse(text)
        if isinstance(tree, ast.Module):
            yield from tree.body
            return
    yield from _salvaged(_without_ipython(source))


def _salvaged(source: str) -> Iterator[ast.stmt | tuple[str, int, SyntaxError]]:
    chunks, line, i = _chunks(source), 0, 0
    while i < len(chunks):
        tree, end = _longest_need(chunks, i, line)
        if isinstance(tree, ast.Module):
            yield from tree.body
        else:
            yield chunks[i], line, tree
        line += sum(chunk.count("\n") for chunk in chunks[i:end])
        i = end


def _longest_need(
    chunks: list[str], start: int, line: int
) -> tuple[ast.Module | SyntaxError, int]:
    """Parse one chunk, with as many of the following as it needs to be Python."""
    first: ast.Module | SyntaxError | None = None
    for end in range(start + 1, min(start + _MOST_JOINED, len(chunks)) + 1):
        tree = _parse("\n" * line + "".join(chunks[start:end]))
        if isinstance(tree, ast.Module):
            return tree, end
        first = first or tree
    return first or SyntaxError("invalid syntax"), start + 1


def _chunks(source: str) -> list[str]:
    """The text cut before each line that begins a statement at the left margin."""
    chunks: list[str] = []
    for line in source.splitlines(keepends=True):
        decorated = bool(chunks) and chunks[-1].lstrip().startswith("@")
        waits = decorated and not _DEFINED.search(chunks[-1])
        if chunks and (waits or _GOES_ON.match(line)):
            chunks[-1] += line
        else:
            chunks.append(line)
    return chunks


def _parse(source: str) -> ast.Module | SyntaxError:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of "\d" and the like in student code
            return ast.parse(source)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError) as error:  # NUL, deep nesting
        return SyntaxError(str(error) or type(error).__name__)


def _without_ipython(source: str) -> str:
    """Magics and shell commands as `pass`, so that lines keep their numbers."""
    lines = source.split("\n")
    return "\n".join(_IPYTHON.sub(r"\1pass", line) for line in lines)


def _flat(node: ast.stmt) -> Iterator[ast.stmt]:
    if isinstance(node, ast.If | ast.Try | ast.With):
        inner = [*node.body]
        if isinstance(node, ast.Try):
            inner += [one for handler in node.handlers for one in handler.body]
        if not isinstance(node, ast.With):
            inner += node.orelse
        for child in inner:
            yield from _flat(child)
    else:
        yield node


def _binds(node: ast.stmt) -> frozenset[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return frozenset([node.name])
    if isinstance(node, ast.Import | ast.ImportFrom):
        names = (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        return frozenset(names)
    if isinstance(node, ast.Assign):
        targets: list[ast.expr] = node.targets
    elif isinstance(node, ast.AnnAssign) and node.value:
        targets = [node.target]
    else:
        return frozenset()
    inside = [part for target in targets for part in ast.walk(target)]
    stored = (part for part in inside if isinstance(getattr(part, "ctx", 0), ast.Store))
    return frozenset(part.id for part in stored if isinstance(part, ast.Name))


def _broken(cell: int, text: str, line: int, error: SyntaxError) -> Broken:
    names = frozenset(_DEFINED.findall(text))
    return Broken(cell, error.lineno or line + 1, error.msg or "invalid syntax", names)
