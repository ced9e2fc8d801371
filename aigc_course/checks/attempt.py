"""Reads a learner's function: is it still a stub, can it be called, why did it stop."""

import dis
import inspect
import linecache
import sys
import traceback
from collections.abc import Callable
from types import CodeType, FrameType, TracebackType
from typing import Any

_EMPTY_BODY = {"RESUME", "NOP", "CACHE", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"}
_LIBRARIES = {"torch", "torchvision", "numpy", "aigc_course"} | sys.stdlib_module_names


class StubLeft(NotImplementedError):
    """The function returned `...`."""


class Told(Exception):
    """An exception of another process, of which only words have come.

    Its first argument is the message; says: the sentence of `why_stopped`.
    """

    says = ""


def is_stub(function: Callable[..., Any]) -> bool:
    """Whether the body does nothing: `pass`, `...`, a docstring alone, `return None`.

    >>> def later(x): ...
    >>> is_stub(later), is_stub(lambda x: x)
    (True, False)
    """
    code = getattr(inspect.unwrap(function), "__code__", None)
    if not isinstance(code, CodeType):
        return False
    steps = list(dis.get_instructions(code))
    constants = [s.argval for s in steps if s.opname in ("LOAD_CONST", "RETURN_CONST")]
    return {step.opname for step in steps} <= _EMPTY_BODY and all(
        value is None or value is ... for value in constants
    )


def is_stub_error(error: BaseException) -> bool:
    """Whether a stub's own `raise NotImplementedError` or a `...` left in stopped it.

    Torch raises NotImplementedError too, for operations that a dtype lacks: an error.
    """
    if isinstance(error, TypeError):
        return "ellipsis" in str(error)
    if isinstance(error, StubLeft):
        return True
    return isinstance(error, NotImplementedError) and _is_raised_by_hand(error)


def _is_raised_by_hand(error: BaseException) -> bool:
    last = _last(error.__traceback__)
    if last is None:
        return False
    operation = last.tb_frame.f_code.co_code[last.tb_lasti]
    return dis.opname[operation] == "RAISE_VARARGS" and not _in_library(last.tb_frame)


def cannot_take(
    function: Callable[..., Any], reference: Callable[..., Any], arguments: tuple | None
) -> str | None:
    """Why `function` cannot be called as the exercise calls it, or None when it can.

    arguments: a tuple as the exercise passes them; None stands for the arguments
    without default of the reference.
    """
    names = list(inspect.signature(reference).parameters.values())
    if arguments is None:
        arguments = tuple(name for name in names if name.default is name.empty)
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some built-in functions have none
        return None
    try:
        signature.bind(*arguments)
    except TypeError:
        wanted = ", ".join(name.name for name in names[: len(arguments)])
        name = getattr(function, "__name__", "function")
        return (
            f"The exercise calls `{reference.__name__}({wanted})`, by position; yours"
            f" is `{name}{signature}` and cannot take these arguments."
        )
    return None


def why_stopped(error: BaseException) -> str:
    """One sentence for an exception of the learner's function."""
    if isinstance(error, Told):
        return error.says
    where = _place(error.__traceback__)
    if isinstance(error, SystemExit):
        return f"Your function ends the program{where}; let it return instead."
    if isinstance(error, RecursionError):
        return f"Your function calls itself without end{where}."
    reason = first_line(error)
    sentence = f"Your function stopped with {type(error).__name__}{where}"
    return f"{sentence}: {reason}." if reason else f"{sentence}."


def first_line(error: BaseException) -> str:
    """The first line of the message, at most 200 characters, without a full stop."""
    lines = str(error).strip().splitlines()
    return lines[0][:200].rstrip(".") if lines else ""


def _place(trace: TracebackType | None) -> str:
    """ " in line 2, `return x + y`": the innermost line outside the libraries."""
    for frame, number in reversed(list(traceback.walk_tb(trace))):
        if not _in_library(frame):
            code = frame.f_code
            line = linecache.getline(code.co_filename, number).strip()
            shown = f", `{line}`" if line else ""
            return f" in line {number - code.co_firstlineno + 1}{shown}"
    return ""


def _in_library(frame: FrameType) -> bool:
    name = str(frame.f_globals.get("__name__"))
    return name.partition(".")[0] in _LIBRARIES


def _last(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace
