"""A function in its module's text, and the kinds of slips that are made in it."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from textwrap import dedent

from aigc_course.clinic.mutants.source import Edit, Function


class Place:
    """A function in its module's text: where its nodes stand, and its names."""

    def __init__(self, text: str, function: Function) -> None:
        self.raw = text.encode()
        self.starts = [0]
        for line in self.raw.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.function = function
        every = [*function.args.posonlyargs, *function.args.args]
        every += function.args.kwonlyargs
        self.typed = {a.arg: ast.unparse(a.annotation) for a in every if a.annotation}
        inside = [n for n in ast.walk(function) if isinstance(n, ast.Name)]
        stored = {n.id for n in inside if isinstance(n.ctx, ast.Store)}
        self.names = stored | {a.arg for a in every}

    def start(self, node: ast.expr | ast.stmt) -> int:
        """The byte where a node begins."""
        return self.starts[node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr | ast.stmt) -> int:
        """The byte behind a node."""
        assert node.end_lineno is not None and node.end_col_offset is not None
        return self.starts[node.end_lineno - 1] + node.end_col_offset

    def words(self, start: int, end: int) -> str:
        """The text between two places."""
        return self.raw[start:end].decode()

    def whole(self, node: ast.expr | ast.stmt, new: str) -> Edit:
        """The edit that puts `new` in a node's place."""
        return Edit(self.start(node), self.end(node), new)

    def with_edit(self, edit: Edit) -> str:
        """The text of the function alone, with an edit made in it."""
        first, last = self.starts[self.function.lineno - 1], self.end(self.function)
        raw = self.raw[first : edit.start] + edit.new.encode()
        return dedent((raw + self.raw[edit.end : last]).decode())

    def symbol(self, node: ast.BinOp) -> tuple[int, int]:
        """Where the operator of a binary operation stands."""
        first, last = self.end(node.left), self.start(node.right)
        found = re.search(r"\*\*|//|[-+*/@]", self.words(first, last))
        assert found is not None
        return first + found.start(), first + found.end()


Operate = Callable[[ast.AST, Place], Iterator[Edit]]


@dataclass(frozen=True)
class Operator:
    """A kind of slip. told: what is said of it once the bug is found."""

    name: str
    told: str
    edits: Operate


OPERATORS: dict[str, Operator] = {}


def operator(told: str) -> Callable[[Operate], Operate]:
    """Enter a function among the operators, under its own name."""

    def enter(edits: Operate) -> Operate:
        name = edits.__name__.replace("_", "-")
        OPERATORS[name] = Operator(name, told, edits)
        return edits

    return enter


def checks(node: ast.AST) -> bool:
    """Whether a statement only looks whether its input is all right."""
    return isinstance(node, ast.Expr) and bool(
        re.match(r"(validate|_?known|_?check|_same|_away|_on_grid)", ast.unparse(node))
    )


def visited(function: Function) -> Iterator[ast.AST]:
    """The nodes that operators look at: no refusals, texts, types or defaults."""
    todo: list[ast.AST] = [s for s in function.body if not _text(s)]
    while todo:
        node = todo.pop(0)
        if not _skipped(node):
            yield node
            todo = [*_inside(node), *todo]


def _text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _inside(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, ast.AnnAssign):  # the type of a name is no part of the program
        return [node.value] if node.value else []
    if isinstance(node, ast.FunctionDef | ast.Lambda):
        return list(node.body) if isinstance(node, ast.FunctionDef) else [node.body]
    return list(ast.iter_child_nodes(node))


def _skipped(node: ast.AST) -> bool:
    if isinstance(node, ast.If):
        return all(isinstance(s, ast.Raise) for s in node.body)
    return isinstance(node, ast.Raise | ast.JoinedStr | ast.Assert) or checks(node)
