"""The course's own modules as text that can be edited, and loaded again beside them.

An edited module is a new object. The module that the course uses stays as it is.
"""

import ast
import importlib
import inspect
import io
import linecache
import tokenize
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType

from aigc_course.errors import CourseError

Function = ast.FunctionDef


@dataclass(frozen=True)
class Edit:
    """Bytes `start` to `end` of a text, replaced by `new`."""

    start: int
    end: int
    new: str


@lru_cache(maxsize=64)
def text_of(module: str) -> str:
    """The source of a module without its comments, which would give a bug away."""
    return without_comments(inspect.getsource(importlib.import_module(module)))


def without_comments(text: str) -> str:
    """A program without comments, and without the lines that hold nothing else."""
    lines = text.splitlines()
    emptied = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start[0] - 1, token.start[1]
            lines[row] = lines[row][:column].rstrip()
            if not lines[row]:
                emptied.add(row)
    return "\n".join(s for i, s in enumerate(lines) if i not in emptied) + "\n"


def edited(text: str, edit: Edit) -> str:
    """The text with one edit made; positions count bytes, as those of `ast` do."""
    raw = text.encode()
    return (raw[: edit.start] + edit.new.encode() + raw[edit.end :]).decode()


def function_in(tree: ast.Module, name: str) -> Function:
    """The definition called `name`, such as "GAN.step". CourseError without one."""
    body: list[ast.stmt] = tree.body
    found: ast.stmt | None = None
    for part in name.split("."):
        kinds = (ast.FunctionDef, ast.ClassDef)
        named = [n for n in body if isinstance(n, kinds) and n.name == part]
        if not named:
            raise CourseError(f"The module has no {name}: choose a function it has.")
        found, body = named[0], named[0].body
    if not isinstance(found, ast.FunctionDef):
        raise CourseError(f"{name} is a class: name one of its methods.")
    return found


def shown(text: str, name: str) -> str:
    """The source of one function of a module's text, with its decorators."""
    node = function_in(ast.parse(text), name)
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    lines = text.splitlines()[first - 1 : node.end_lineno]
    return inspect.cleandoc("\n" + "\n".join(lines)) + "\n"


def load(text: str, module: str, label: str) -> ModuleType:
    """A new module from a text, in the place of `module` and known to nobody.

    label: a name for tracebacks, whose lines then come from this text.
    """
    made = ModuleType(module)
    origin = importlib.import_module(module)
    made.__package__, made.__file__ = origin.__package__, f"<{label}>"
    lines = text.splitlines(keepends=True)
    linecache.cache[made.__file__] = (len(text), None, lines, made.__file__)
    exec(compile(text, made.__file__, "exec"), made.__dict__)
    return made
