"""How much of a function was changed, counted in instructions of the interpreter.

Source text is not always there (a grader takes it away), instructions are. Names of
local variables do not count, so that renaming is free.
"""

import dis
import inspect
from collections.abc import Iterator
from difflib import SequenceMatcher
from types import CodeType, FunctionType
from typing import Any

from aigc_course.clinic.patient import Function

LEAST = 80  # instructions that may change in any repair: about eight lines
_NOISE = {"RESUME", "CACHE", "NOP", "PUSH_NULL", "COPY_FREE_VARS", "EXTENDED_ARG"}
_PARTS = {"reference_test", "all_right", "repairs"}  # of a Patient
_OUR_ANSWERS = ("aigc_course.clinic", "aigc_course.exercises", "aigc_course.checks")


def edits(changed: Function, original: Function) -> int:
    """Instructions that were put in, taken out or replaced."""
    one, two = instructions(original), instructions(changed)
    matcher = SequenceMatcher(None, one, two, autojunk=False)
    return sum(
        max(end - start, other_end - other_start)
        for what, start, end, other_start, other_end in matcher.get_opcodes()
        if what != "equal"
    )


def allowance(reference: Function, original: Function) -> int:
    """Edits that a repair may have: twice those of the reference, at least LEAST."""
    return max(LEAST, 2 * edits(reference, original))


def instructions(function: Function) -> list[tuple[str, str]]:
    """The instructions of a function, or of all methods of a class, with arguments."""
    return [step for code in codes(function) for step in _of(code)]


def codes(function: Function) -> Iterator[CodeType]:
    """The code of a function and of all functions inside it; of a class its methods."""
    waiting = [one.__code__ for one in _functions(function)]
    while waiting:
        code = waiting.pop(0)
        yield code
        waiting += [part for part in code.co_consts if isinstance(part, CodeType)]


def _functions(function: Function) -> list[FunctionType]:
    inner: Any = inspect.unwrap(function)
    found = [getattr(f, "__func__", f) for f in vars(inner).values()]
    found = found if isinstance(inner, type) else [inner]
    return [one for one in found if isinstance(one, FunctionType)]


def uses_answers(function: Function) -> bool:
    """Whether a function imports or names what holds the answers."""
    for one in _functions(function):
        known = one.__globals__
        if str(known.get("__name__")).startswith(_OUR_ANSWERS):
            return False  # a version of ours
        for code in codes(one):
            if any(name.startswith(_OUR_ANSWERS) for name in code.co_names):
                return True
            if _PARTS.intersection(code.co_names):
                return True
            if any(_holds_answers(known.get(name)) for name in code.co_names):
                return True
    return False


def _holds_answers(value: object) -> bool:
    module = getattr(value, "__module__", None) or getattr(value, "__name__", "")
    return str(module).startswith("aigc_course.clinic.patients")


def _of(code: CodeType) -> Iterator[tuple[str, str]]:
    places: dict[str, int] = {}
    for step in dis.get_instructions(code):
        if step.opname in _NOISE:
            continue
        argument = step.argval
        if step.opname.startswith(("LOAD_FAST", "STORE_FAST", "LOAD_DEREF", "DELETE_")):
            argument = places.setdefault(str(argument), len(places))
        elif "JUMP" in step.opname or isinstance(argument, CodeType):
            argument = ""
        elif step.opname == "LOAD_CONST" and argument == code.co_consts[0]:
            argument = "" if isinstance(argument, str) else argument  # a docstring
        yield step.opname, repr(argument)
