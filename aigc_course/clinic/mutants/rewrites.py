"""The same function written differently: right versions, and disguises of a mutant.

Each rewriting keeps what is computed, up to rounding, and changes how it is written.
A test of the text, of a name or of the last bit therefore does not survive it.
"""

import ast
import copy
from collections.abc import Callable

from aigc_course.clinic.mutants.source import Function, function_in


def renamed(function: Function) -> None:
    """Other names for everything that the function itself assigns."""
    parameters = {n.arg for n in ast.walk(function) if isinstance(n, ast.arg)}
    nodes = [n for n in ast.walk(function) if isinstance(n, ast.Name)]
    stored = sorted({n.id for n in nodes if isinstance(n.ctx, ast.Store)} - parameters)
    for node in nodes:
        if node.id in stored:
            node.id = f"part_{stored.index(node.id)}"


class _Commute(ast.NodeTransformer):
    """a + b is b + a and a * b is b * a; texts and lists are left alone."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        plain = not any(isinstance(n, _ORDERED) for n in ast.walk(node))
        if isinstance(node.op, ast.Add | ast.Mult) and plain:
            node.left, node.right = node.right, node.left
        return node


_ORDERED = (ast.List, ast.Tuple, ast.JoinedStr, ast.Call, ast.Starred)


class _Unfold(ast.NodeTransformer):
    """a - b is -(b - a), x.square() is x * x, and so on."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Sub):
            return ast.UnaryOp(ast.USub(), ast.BinOp(node.right, ast.Sub(), node.left))
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.func, ast.Attribute) or node.args or node.keywords:
            return node
        value = node.func.value
        if node.func.attr == "square":
            return ast.BinOp(value, ast.Pow(), ast.Constant(2))
        if node.func.attr == "mean":
            total, count = _method(value, "sum"), _method(copy.deepcopy(value), "numel")
            return ast.BinOp(total, ast.Div(), count)
        return node


def _method(value: ast.expr, name: str) -> ast.expr:
    return ast.Call(ast.Attribute(value, name, ast.Load()), [], [])


def commuted(function: Function) -> None:
    """Sums and products in the other order, and other names."""
    renamed(function)
    function.body = [_Commute().visit(s) for s in function.body]


def unfolded(function: Function) -> None:
    """Squares, means and differences spelt out, and a name for what is returned."""
    if not _random_means(function):
        function.body = [_Unfold().visit(s) for s in function.body]
    last = function.body[-1]
    if isinstance(last, ast.Return) and last.value is not None:
        given = ast.Assign([ast.Name("outcome", ast.Store())], last.value)
        back = ast.Return(ast.Name("outcome", ast.Load()))
        function.body[-1:] = [given, back]


def _random_means(function: Function) -> bool:
    """Whether a mean is taken of something that must not be computed twice."""
    words = ast.unparse(function)
    return ".mean()" in words and any(w in words for w in ("rand", "self.", "network"))


REWRITES: dict[str, Callable[[Function], None]] = {
    "renamed": renamed,
    "commuted": commuted,
    "unfolded": unfolded,
}


def rewritten(text: str, name: str, how: str) -> str:
    """A module's text with one of its functions written differently."""
    tree = ast.parse(text)
    REWRITES[how](function_in(tree, name))
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"
