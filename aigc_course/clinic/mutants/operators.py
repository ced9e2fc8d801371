"""Mutation operators: small slips that people make, as edits of a program's text.

An operator looks at one node of the syntax tree and gives the edits that it can make
there. Each edit changes as little text as possible, so that nothing but the slip
itself gives it away. (Mutation testing: DeMillo, Lipton & Sayward 1978.)
"""

import ast
import re
from collections.abc import Iterator

from aigc_course.clinic.mutants.place import OPERATORS, Place, checks, operator
from aigc_course.clinic.mutants.source import Edit

__all__ = ["OPERATORS"]


def _renamed(node: ast.Call, at: Place, table: dict[str, str]) -> Iterator[Edit]:
    """The called function's name exchanged for its counterpart."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else None
    name = node.func.id if isinstance(node.func, ast.Name) else name
    if name in table:
        end = at.end(node.func)
        yield Edit(end - len(name), end, table[name])


@operator("A plus and a minus were exchanged.")
def sign(node: ast.AST, at: Place) -> Iterator[Edit]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        yield Edit(*at.symbol(node), "-" if isinstance(node.op, ast.Add) else "+")


@operator("A minus sign in front of an expression was left out.")
def negation(node: ast.AST, at: Place) -> Iterator[Edit]:
    minus = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    if minus and not isinstance(node.operand, ast.Constant):  # type: ignore[attr-defined]
        start = at.start(node)  # type: ignore[arg-type]
        yield Edit(start, start + 1, "")


@operator("A mean was taken for a sum, or a sum for a mean.")
def reduction(node: ast.AST, at: Place) -> Iterator[Edit]:
    if isinstance(node, ast.Call):
        yield from _renamed(node, at, {"mean": "sum", "sum": "mean"})


FUNCTIONS = {
    "softplus": "relu",
    "relu": "softplus",
    "sin": "cos",
    "cos": "sin",
    "argmin": "argmax",
    "argmax": "argmin",
    "tril": "triu",
    "sigmoid": "tanh",
    "log_softmax": "softmax",
    "randn": "rand",
    "randn_like": "rand_like",
    "rand": "randn",
    "amax": "amin",
    "max": "min",
    "min": "max",
    "square": "abs",
    "norm": "std",
    "var": "std",
    "std": "var",
    "cumsum": "cumprod",
    "eval": "train",
    "train": "eval",
    "silu": "gelu",
    "elu": "relu",
}


@operator("A function was taken for a related one.")
def function(node: ast.AST, at: Place) -> Iterator[Edit]:
    if isinstance(node, ast.Call):
        yield from _renamed(node, at, FUNCTIONS)


@operator("A `.detach()` was left out, so a gradient flows where none belongs.")
def detach(node: ast.AST, at: Place) -> Iterator[Edit]:
    if isinstance(node, ast.Call) and at.words(0, at.end(node)).endswith(".detach()"):
        yield Edit(at.end(node) - len(".detach()"), at.end(node), "")


WRAPPERS = ("exp", "log", "abs", "clamp", "square", "sqrt", "sigmoid", "cumsum")


@operator("A function such as exp, sqrt or clamp was left out.")
def unwrapped(node: ast.AST, at: Place) -> Iterator[Edit]:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    if node.func.attr not in WRAPPERS:
        return
    value = node.func.value
    if isinstance(value, ast.Name) and value.id in ("torch", "math", "F"):
        if len(node.args) == 1:
            yield at.whole(node, f"({at.words(*_span(at, node.args[0]))})")
        return
    dot = at.end(node.func) - len(node.func.attr) - 1
    yield Edit(dot, at.end(node), "")


def _span(at: Place, node: ast.expr) -> tuple[int, int]:
    return at.start(node), at.end(node)


@operator("A factor, a divisor or a power was left out.")
def factor(node: ast.AST, at: Place) -> Iterator[Edit]:
    kinds = (ast.Mult, ast.Div, ast.Pow)
    if isinstance(node, ast.BinOp) and isinstance(node.op, kinds):
        first, last = at.symbol(node)
        while at.raw[first - 1 : first].isspace():
            first -= 1
        yield Edit(first, at.end(node), "")
        if isinstance(node.op, ast.Mult):
            while at.raw[last : last + 1].isspace():
                last += 1
            yield Edit(at.start(node), last, "")


@operator("A term of a sum was left out.")
def term(node: ast.AST, at: Place) -> Iterator[Edit]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        first, last = at.symbol(node)
        while at.raw[first - 1 : first].isspace():
            first -= 1
        yield Edit(first, at.end(node), "")
        if isinstance(node.op, ast.Add):
            while at.raw[last : last + 1].isspace():
                last += 1
            yield Edit(at.start(node), last, "")


@operator("A number in a formula was another one.")
def constant(node: ast.AST, at: Place) -> Iterator[Edit]:
    if isinstance(node, ast.BinOp | ast.Compare):
        sides = [node.left, node.right] if isinstance(node, ast.BinOp) else []
        for side in sides:
            value = side.value if isinstance(side, ast.Constant) else None
            if type(value) is int:
                yield at.whole(side, str(value + 1))
            elif type(value) is float:
                yield at.whole(side, str(2 * value if value else 1.0))


@operator("The two sides of a minus or a division were exchanged.")
def swapped_sides(node: ast.AST, at: Place) -> Iterator[Edit]:
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Sub | ast.Div):
        return
    first, last = at.symbol(node)
    left = at.words(at.start(node), first).strip()
    right = at.words(last, at.end(node)).strip()
    if isinstance(node.left, ast.BinOp) and not left.startswith("("):
        left = f"({left})"
    if isinstance(node.right, ast.BinOp) and not right.startswith("("):
        right = f"({right})"
    yield at.whole(node, f"{right} {at.words(first, last)} {left}")


@operator("Two arguments of a call were exchanged.")
def swapped_arguments(node: ast.AST, at: Place) -> Iterator[Edit]:
    if not isinstance(node, ast.Call) or len(node.args) < 2:
        return
    if isinstance(node.func, ast.Name) and node.func.id in ("isinstance", "range"):
        return
    for a, b in zip(node.args, node.args[1:], strict=False):
        one, other = at.words(*_span(at, a)), at.words(*_span(at, b))
        if one != other and not isinstance(a, ast.Starred | ast.Constant):
            between = at.words(at.end(a), at.start(b))
            yield Edit(at.start(a), at.end(b), f"{other}{between}{one}")


PAIRS = (
    ("real_logits", "fake_logits"),
    ("real", "fake"),
    ("mean", "log_variance"),
    ("upper", "lower"),
    ("even", "odd"),
    ("sine", "cosine"),
    ("first", "second"),
    ("k1", "k2"),
    ("k2", "k3"),
    ("x0", "x1"),
    ("q", "k"),
    ("k", "v"),
    ("t", "s"),
    ("better", "worse"),
    ("ref_better", "ref_worse"),
    ("d_loss", "g_loss"),
    ("joint", "single"),
    ("before", "ordered"),
    ("sums", "counts"),
    ("chosen", "wanted"),
    ("to_codes", "to_encoder"),
)


@operator("One name was taken for another one of the same kind.")
def name(node: ast.AST, at: Place) -> Iterator[Edit]:
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
        return
    others = {b for a, b in PAIRS if a == node.id} | {
        a for a, b in PAIRS if b == node.id
    }
    kind = at.typed.get(node.id)
    if kind in ("Tensor", "float", "Velocity"):
        others |= {other for other, k in at.typed.items() if k == kind}
    for other in sorted(others & at.names - {node.id}):
        yield at.whole(node, other)


ATTRIBUTES = (
    ("g", "d"),
    ("generator", "discriminator"),
    ("keys", "values"),
    ("codes", "sums"),
    ("query", "key"),
    ("key", "value"),
    ("a", "b"),
    ("average", "images"),
    ("attend_norm", "feed_norm"),
    ("latent", "classes"),
)


@operator("One attribute was taken for another: the wrong network, layer or optimiser.")
def attribute(node: ast.AST, at: Place) -> Iterator[Edit]:
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        for pair in ATTRIBUTES:
            if node.attr in pair and isinstance(node.value, ast.Name | ast.Attribute):
                other = pair[1 - pair.index(node.attr)]
                yield Edit(at.end(node) - len(node.attr), at.end(node), other)


AXES = ("sum", "mean", "logsumexp", "cumsum", "softmax", "log_softmax", "norm", "amax")


@operator("A reduction or a normalisation runs along another axis.")
def axis(node: ast.AST, at: Place) -> Iterator[Edit]:
    if not isinstance(node, ast.Call):
        return
    values = [k.value for k in node.keywords if k.arg == "dim"]
    if isinstance(node.func, ast.Attribute) and node.func.attr in AXES:
        values += node.args[:1]
    for value in values:
        found = at.words(*_span(at, value))
        if re.fullmatch(r"-?\d", found):
            d = int(found)
            for other in {-1: (-2, 0), -2: (-1,), 0: (-1,), 1: (0,)}.get(d, (d - 1,)):
                yield at.whole(value, str(other))


@operator("A bound is one place off.")
def boundary(node: ast.AST, at: Place) -> Iterator[Edit]:
    bounds: list[ast.expr | None] = []
    if isinstance(node, ast.Slice):
        bounds = [node.lower, node.upper]
    elif isinstance(node, ast.Call):
        called = at.words(*_span(at, node.func)).split(".")[-1]
        bounds = list(node.args) if called in ("arange", "range", "tril") else []
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        bounds = [node.slice]
    for bound in bounds:
        if bound is None:
            continue
        words = at.words(*_span(at, bound))
        if re.fullmatch(r"-?\d+", words):
            yield at.whole(bound, str(int(words) + 1))
        elif isinstance(node, ast.Call) or isinstance(bound, ast.BinOp):
            yield at.whole(bound, f"{words} + 1")


FLIPPED = {ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">"}
TURNED = {ast.Lt: ">", ast.LtE: ">=", ast.Gt: "<", ast.GtE: "<="}


@operator("A comparison lets the limit itself in, shuts it out, or points backwards.")
def comparison(node: ast.AST, at: Place) -> Iterator[Edit]:
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        return
    first, last = at.end(node.left), at.start(node.comparators[0])
    for table in (FLIPPED, TURNED):
        if type(node.ops[0]) in table:
            between = at.words(first, last)
            new = re.sub(r"[<>]=?", table[type(node.ops[0])], between)
            yield Edit(first, last, new)


@operator("A condition or a mask is the wrong way round.")
def condition(node: ast.AST, at: Place) -> Iterator[Edit]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
        yield Edit(at.start(node), at.start(node) + 1, "")
    if isinstance(node, ast.If | ast.IfExp):
        words = at.words(*_span(at, node.test))
        plain = isinstance(node.test, ast.Name | ast.Attribute | ast.Call)
        yield at.whole(node.test, f"not {words}" if plain else f"not ({words})")


@operator("A statement is missing.")
def statement(node: ast.AST, at: Place) -> Iterator[Edit]:
    wanted = isinstance(node, ast.AugAssign) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    )
    if wanted and not checks(node):
        first = at.starts[node.lineno - 1]  # type: ignore[attr-defined]
        last = at.starts[node.end_lineno]  # type: ignore[attr-defined]
        yield Edit(first, last, "")


@operator("A block is no longer shielded by `no_grad`, `frozen` or the like.")
def shield(node: ast.AST, at: Place) -> Iterator[Edit]:
    if isinstance(node, ast.With) and node.body:
        first, last = at.starts[node.lineno - 1], at.starts[node.body[0].lineno - 1]
        body = at.words(last, at.end(node))
        yield Edit(first, at.end(node), re.sub(r"(?m)^ {4}", "", body))
