"""What a statement needs: the names it reads, the calls it makes, what it imports."""

import __future__

import ast
import dis
from types import CodeType

from aigc_course.grading.pieces import Piece

IMPORT = (ast.Import, ast.ImportFrom)
_CHECKS = ("aigc_course.checks.", "aigc_course.exercises.")
# each patient's module holds its repairs and the test that exposes it; chapter 20
# itself shows the claims and their works
_PATIENTS = "aigc_course.clinic.patients."
_CLAIMS = _PATIENTS + "claims."


class AsksTheChecker(Exception):
    """The function uses the package that holds the answers; its name, if another."""


def compiled(node: ast.stmt, filename: str = "<notebook>") -> CodeType:
    """The statement's code; annotations stay text, as they need nothing to run."""
    lazy = __future__.annotations.compiler_flag
    tree = ast.Module([node], type_ignores=[])
    return compile(tree, filename, "exec", flags=lazy, dont_inherit=True)


def wanted(code: CodeType) -> set[str]:
    """The global names that a piece of code reads, and the code inside it."""
    reads = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS")
    steps = dis.get_instructions(code)
    names = {str(step.argval) for step in steps if step.opname in reads}
    inside = (part for part in code.co_consts if isinstance(part, CodeType))
    return names.union(*map(wanted, inside))


def only(piece: Piece, name: str) -> Piece:
    """Of `from package import a, b, c` the part that gives `name`."""
    node = piece.node
    if not isinstance(node, IMPORT) or len(node.names) == 1:
        return piece
    kept = [a for a in node.names if (a.asname or a.name.partition(".")[0]) == name]
    if isinstance(node, ast.ImportFrom):
        small: ast.stmt = ast.ImportFrom(node.module, kept, node.level)
    else:
        small = ast.Import(kept)
    return Piece(piece.cell, ast.copy_location(small, node), frozenset([name]))


def calls(value: ast.expr) -> list[ast.Call]:
    """The calls that evaluating the expression makes: none inside a lambda."""
    if isinstance(value, ast.Lambda):
        return []
    here = [value] if isinstance(value, ast.Call) else []
    inside = (c for c in ast.walk(value) if c is not value and isinstance(c, ast.Call))
    return here + list(inside)


def path_of(node: ast.AST) -> tuple[str, ...]:
    """("gan", "sample", "mean") of `gan.sample(8)[0].mean`; () without a name."""
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        above = path_of(node.value)
        return (*above, node.attr) if above else ()
    if isinstance(node, ast.Call):
        return path_of(node.func)
    return path_of(node.value) if isinstance(node, ast.Subscript) else ()


def module(node: ast.stmt) -> str:
    """Where an import statement looks: "aigc_course" of `from aigc_course import x`."""
    if isinstance(node, ast.ImportFrom):
        return node.module or ""
    return node.names[0].name if isinstance(node, ast.Import) else ""


def refuse_checks(node: ast.stmt) -> None:
    """Raise AsksTheChecker where the statement imports the checks, or names them.

    Or the exercises, or the clinic's patients, which hold the answers. In a string too:
    `importlib.import_module("aigc_course.checks")`.
    """
    for part in ast.walk(node):
        paths: list[str] = []
        if isinstance(part, ast.ImportFrom):
            paths = [f"{part.module}.{alias.name}" for alias in part.names]
        elif isinstance(part, ast.Import):
            paths = [alias.name for alias in part.names]
        elif isinstance(part, ast.Attribute):
            paths = [".".join(path_of(part))]
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            paths = [part.value]
        if any(f"{path}.".startswith(_CHECKS) for path in paths):
            raise AsksTheChecker
        if any(_is_patient(f"{path}.") for path in paths):
            raise AsksTheChecker(_PATIENTS.removesuffix("."))


def _is_patient(path: str) -> bool:
    return path.startswith(_PATIENTS) and not path.startswith(_CLAIMS)
