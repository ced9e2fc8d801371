"""What a function did, written down by one process and read by another.

A student's process calls the function and writes; the judge's process reads and
compares. Nothing in a record decides anything by itself.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aigc_course.checks.attempt import (
    StubLeft,
    Told,
    first_line,
    is_stub_error,
    why_stopped,
)
from aigc_course.checks.outcome import Call, Objection
from aigc_course.grading.plain import Damaged, packed

_LONGEST = 1500  # characters of a message


def written(calls: Sequence[Call]) -> list[dict[str, Any]]:
    """Calls as plain values."""
    return [
        {
            "result": call.result,
            "after": call.after,
            "left": call.left,
            "slopes": call.slopes,
            "raised": error_written(call.raised) if call.raised else None,
        }
        for call in calls
    ]


def read(told: Any, like: Sequence[Call]) -> list[Call]:
    """Calls again. like: the reference's, which had the same arguments. Raises Damaged.

    What the exercise made of its arguments before a call is the same for everybody, so
    it is taken from there.
    """
    if not isinstance(told, list) or len(told) != len(like):
        raise Damaged("another number of calls")
    try:
        return [_call(one, other) for one, other in zip(told, like, strict=True)]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Damaged(str(error)) from error


def error_written(error: BaseException) -> dict[str, str]:
    """An exception in words; its own text may stop with an error, or never end."""
    kind = "objection" if isinstance(error, Objection) else ""
    if not kind and _safely(lambda: is_stub_error(error), False):
        kind = "stub"
    name = type(error).__name__[:100]
    says = f"Your function stopped with {name}."
    return {
        "type": name,
        "line": _safely(lambda: first_line(error), ""),
        "says": _safely(lambda: why_stopped(error), says)[:_LONGEST],
        "kind": kind,
    }


def error_read(told: Any) -> BaseException:
    """An exception that says the same."""
    name, line, says, kind = (str(told[k]) for k in ("type", "line", "says", "kind"))
    if kind == "objection":
        return Objection(line)
    if kind == "stub":
        return StubLeft()
    error: Told = _told(name[:100])(line)
    error.says = says
    return error


class Recorder:
    """A function that writes down what it was asked and what it answered.

    calls: None once a call had a part that no record holds: a network, a gradient, a
    function that it was given, an argument that it changed.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.calls: list[Any] | None = []

    def __call__(self, *given: Any, **named: Any) -> Any:
        if not is_plain((given, named)):
            self.calls = None
            return self.function(*given, **named)
        before = packed((given, named))
        try:
            result = self.function(*given, **named)
        except (Exception, SystemExit) as error:
            self._note({"raised": error_written(error)})
            raise
        same = packed((given, named)) == before
        self._note({"result": result} if same and is_plain(result) else None)
        return result

    def _note(self, call: dict[str, Any] | None) -> None:
        if call is None or self.calls is None:
            self.calls = None
        else:
            self.calls.append(call)


class Replay:
    """The same function, from what was written down. Raises Damaged past its end."""

    def __init__(self, calls: list[Any]) -> None:
        self.calls = iter(calls)

    def __call__(self, *_: Any, **__: Any) -> Any:
        call = next(self.calls, None)
        if not isinstance(call, dict):
            raise Damaged("no such call")
        if "raised" in call:
            raise error_read(call["raised"])
        return call.get("result")


def is_plain(value: object, depth: int = 0) -> bool:
    """Whether a record holds all of it: numbers, text, arrays without a gradient."""
    if isinstance(value, Tensor):
        return type(value) is Tensor and not value.requires_grad
    if value is None or isinstance(value, bool | int | float | complex | str):
        return True
    if isinstance(value, np.generic):
        return True
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "biufc"
    if isinstance(value, torch.dtype):
        return True
    if depth > 20:
        return False
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list | tuple):
        return all(is_plain(one, depth + 1) for one in value)
    return False


def _call(told: dict[str, Any], like: Call) -> Call:
    if told["raised"]:
        return Call(raised=error_read(told["raised"]))
    slopes = told["slopes"]
    return Call(
        result=told["result"],
        before=like.before,
        after=tuple(told["after"]),
        left=tuple(told["left"]),
        slopes=slopes if isinstance(slopes, str) else slopes and list(slopes),
    )


def _safely(ask: Callable[[], Any], otherwise: Any) -> Any:
    try:
        return ask()
    except BaseException:  # whatever an exception of a student raises when asked
        return otherwise


@cache
def _told(name: str) -> type[Told]:
    return type(name, (Told,), {})
