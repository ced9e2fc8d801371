"""Runs what an exercise needs of a notebook, in the notebook's order.

Which statements give a function its names cannot be read from the text alone, so they
are run: whatever may bind or change a name that an exercise's function uses, directly
or by another. Left out are statements that can have no part in that, such as plots, and
the notebook's long work: what computes with the course's own package. IPython's own
rules are applied first: magics, prompts, a common indent. A cell has a clock.
"""

import ast
import builtins
import contextlib
import linecache
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import FrameType, ModuleType
from typing import Any

from aigc_course.checks.attempt import first_line
from aigc_course.grading.needs import compiled, path_of, wanted

_OWN = "aigc_course"
_QUICK = {("training", "get_device"), ("training", "prepare")}
_CELL_MAGICS = ("time", "timeit", "capture", "prun", "debug")
# who uses these may bind or change any name
_WILD = {
    "exec", "eval", "globals", "locals", "vars", "setattr", "get_ipython", "__main__",
}  # fmt: skip


class CutOff(BaseException):
    """The cell has used its time; no `except Exception` stops it."""


@dataclass(frozen=True)
class Statement:
    """A statement at the top level of a cell.

    cell: from 1. gives: names that it may bind. reads: global names that it reads,
    functions inside it included. touches: names whose value it may change. wild: it may
    bind anything.
    """

    cell: int
    node: ast.stmt
    gives: frozenset[str]
    reads: frozenset[str]
    touches: frozenset[str]
    wild: bool


@dataclass
class Report:
    """What did not run: cell -> why, a part of a sentence."""

    skipped: dict[int, str] = field(default_factory=dict)

    def skip(self, cell: int, why: str) -> None:
        """Remember the first reason."""
        self.skipped.setdefault(cell, why)


def statements(cells: Iterable[str], report: Report) -> list[Statement]:
    """All statements of the cells, as IPython understands them."""
    found: list[Statement] = []
    for number, source in enumerate(cells, 1):
        try:
            nodes = _nodes(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            report.skip(number, f"it is no Python: {reason(error)}")
            continue
        for node in nodes:
            try:
                found.append(_statement(number, node))
            except (SyntaxError, ValueError, RecursionError) as error:
                report.skip(number, f"it is no Python: {reason(error)}")
    return found


def _nodes(source: str) -> list[ast.stmt]:
    """The statements of a cell; those under `%%time` and behind `%time` as well."""
    text = source.lstrip("\n")
    above = "\n" * (len(source) - len(text))  # messages count these lines as well
    head, _, rest = text.partition("\n")
    if head.startswith("%%"):
        magic = head[2:].partition(" ")[0]
        return _nodes(f"{above}\n{rest}") if magic in _CELL_MAGICS else []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of "\d" and the like in student code
        tree = ast.parse(above + transformed(text))
    return [node for one in tree.body for node in _behind_magic(one)]


def _behind_magic(node: ast.stmt) -> list[ast.stmt]:
    match node:
        case ast.Expr(
            ast.Call(
                ast.Attribute(ast.Call(ast.Name("get_ipython")), "run_line_magic"),
                [ast.Constant(name), ast.Constant(line)],
            )
        ):
            if name not in _CELL_MAGICS:
                return []
            with contextlib.suppress(SyntaxError):
                inner = ast.parse(transformed(str(line))).body
                return [ast.copy_location(one, node) for one in inner]
            return []
    return [node]


def reason(error: BaseException) -> str:
    """Why a text is no Python, and which Python that was."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    said = getattr(error, "msg", "") or first_line(error) or type(error).__name__
    return f"{said} (as Python {version} reads it)"


def transformed(source: str) -> str:
    """The cell as IPython hands it to Python. Raises SyntaxError."""
    from IPython.core.inputtransformer2 import TransformerManager

    return str(TransformerManager().transform_cell(source))


def relevant(all: list[Statement], names: Iterable[str]) -> list[Statement]:
    """The statements that may have a part in what these names are in the end."""
    asked, chosen = set(names), set[int]()
    changeable = _changeable(all)
    through = [_through(one, all, changeable) for one in all]
    before = (-1, -1)
    while before != (len(asked), len(chosen)):
        before = len(asked), len(chosen)
        for i, one in enumerate(all):
            if i in chosen:
                continue
            if one.wild or one.gives & asked or (one.touches | through[i]) & asked:
                chosen.add(i)
                asked |= one.reads
    return [one for i, one in enumerate(all) if i in chosen]


def run(one: Statement, text: str, space: dict[str, Any], until: float) -> None:
    """Run a statement; raises what it raises, and CutOff when its time is over.

    text: its cell, so that a message can quote the line. until: by time.monotonic.
    """
    filename = f"<cell {one.cell}>"
    if filename not in linecache.cache:
        lines = text.splitlines(keepends=True)
        linecache.cache[filename] = (len(text), None, lines, filename)
    with _clock(until - time.monotonic()):
        exec(compiled(one.node, filename), space)


def is_long_work(one: Statement, space: dict[str, Any]) -> bool:
    """Whether it calls into the course's package, in a name's value as it is now."""
    if isinstance(one.node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        return False
    return any(_is_own(path_of(call.func), space) for call in _calls(one.node))


def stand_in_ipython(space: dict[str, Any]) -> None:
    """Give the notebook `get_ipython` and `display`, which do nothing here."""

    class Shell:
        def getoutput(self, *_: Any, **__: Any) -> list[str]:
            return []

        def __getattr__(self, _: str) -> Callable[..., None]:
            return lambda *_, **__: None

    space["get_ipython"] = Shell
    space["display"] = lambda *_, **__: None


def notebook() -> ModuleType:
    """An empty `__main__`, where the cells run."""
    main = ModuleType("__main__")
    main.__dict__["__builtins__"] = builtins
    sys.modules["__main__"] = main
    return main


def _statement(cell: int, node: ast.stmt) -> Statement:
    gives, touches, wild = set[str](), set[str](), False
    for part, inside in _parts(node, inside=False):
        if isinstance(part, ast.Global):
            gives |= set(part.names)
        elif inside:
            pass
        elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store | ast.Del):
            gives.add(part.id)
        elif isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            gives.add(part.name)
        elif isinstance(part, ast.Import | ast.ImportFrom):
            names = [a.asname or a.name.partition(".")[0] for a in part.names]
            gives |= set(names)
            wild = wild or "*" in names
        elif isinstance(part, ast.MatchAs | ast.MatchStar | ast.ExceptHandler):
            gives |= {part.name} if part.name else set()
        elif isinstance(part, ast.MatchMapping):
            gives |= {part.rest} if part.rest else set()
        elif isinstance(getattr(part, "ctx", None), ast.Store | ast.Del):
            touches |= set(path_of(part)[:1])  # a.b = 1, a[0] = 1
    reads = frozenset(wanted(compiled(node)))
    wild = wild or bool(reads & _WILD)
    return Statement(
        cell, node, frozenset(gives), reads, frozenset(touches - gives), wild
    )


def _parts(node: ast.AST, *, inside: bool) -> Iterator[tuple[ast.AST, bool]]:
    """Each part of a statement, and whether it lies inside a function of its own."""
    yield node, inside
    scopes = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
    for child in ast.iter_child_nodes(node):
        yield from _parts(child, inside=inside or isinstance(node, scopes))


def _changeable(all: list[Statement]) -> set[str]:
    """Names of values that a call may change: no functions, modules or numbers."""
    firm = ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef
    found: set[str] = set()
    for one in all:
        value = getattr(one.node, "value", None)
        is_number = isinstance(one.node, ast.Assign) and _is_fixed(value)
        if not isinstance(one.node, firm) and not is_number:
            found |= one.gives
    return found


def _is_fixed(value: Any) -> bool:
    parts = list(ast.walk(value)) if isinstance(value, ast.AST) else []
    loose = ast.Call, ast.List, ast.Dict, ast.Set, ast.ListComp, ast.Attribute, ast.Name
    return bool(parts) and not any(isinstance(part, loose) for part in parts)


def _through(
    one: Statement, all: list[Statement], changeable: set[str]
) -> frozenset[str]:
    """What a statement may change: what it reads, or its functions read or set."""
    if isinstance(one.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        decorated = [name for d in one.node.decorator_list for name in path_of(d)[:1]]
        names = frozenset(decorated)
    else:
        names = one.reads
    called = [
        (other, other.node.name)
        for other in all
        if isinstance(other.node, ast.FunctionDef) and other.node.name in names
    ]
    reads = names.union(*(f.reads for f, _ in called))
    return (reads & changeable).union(*(f.gives - {name} for f, name in called))


def _calls(node: ast.stmt) -> list[ast.Call]:
    """The calls a statement makes when it runs, its own blocks included."""
    return [
        part
        for part, inside in _parts(node, inside=False)
        if isinstance(part, ast.Call) and not inside
    ]


def _is_own(path: tuple[str, ...], space: dict[str, Any]) -> bool:
    if not path or path in _QUICK or path[0] == "checks":
        return False
    value = space.get(path[0])
    name = value.__name__ if isinstance(value, ModuleType) else None
    name = name or getattr(value, "__module__", "")
    if not isinstance(name, str) or name.partition(".")[0] != _OWN:
        return False
    return not name.startswith(f"{_OWN}.checks") and ("checks" not in path[:2])


@contextlib.contextmanager
def stopped_clock() -> Iterator[None]:
    """Let a statement's clock stand still, and go on with what was left."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    left, _ = signal.setitimer(signal.ITIMER_REAL, 0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, left, 0.5 * (left > 0))


@contextlib.contextmanager
def _clock(seconds: float) -> Iterator[None]:
    """Raise CutOff inside once its time is over, where there are signals."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def late(_: int, __: FrameType | None) -> None:
        raise CutOff

    signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.01), 0.5)  # again if caught
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
