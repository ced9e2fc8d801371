"""What surrounds foreign code while it is judged: a mask, a clock, a look at torch."""

import builtins
import contextlib
import functools
import math
import random
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType, FunctionType
from typing import Any

import torch
from torch import nn

from aigc_course.checks.attempt import StubLeft
from aigc_course.clinic.edits import codes
from aigc_course.clinic.patient import Function

WALL = 8  # times the processor's seconds that may pass by the wall's clock
_PULSE = 0.25  # seconds after which a clock rings again where nobody listened
# what a look at the inside of a function asks for
_OF_SOURCE = {"__code__", "__globals__", "__closure__", "__file__"}
_CODE_FILE = "<patient>"


class TimeIsUp(BaseException):
    """The clock has rung; no `except Exception` stops it."""


class Mask:
    """A version of a patient as a test gets it: callable, and without its own face.

    calls: how often it was called. raised: what came out of it last. noted: "name",
    "source" or "edits", for what was done besides calling.
    """

    __slots__ = ("_version", "_name", "_codes", "calls", "raised", "noted")

    def __init__(self, version: Function, name: str) -> None:
        for slot, value in (
            ("_version", masked(version, name)),
            ("_name", name),
            ("_codes", frozenset(codes(version))),
            ("calls", 0),
            ("raised", None),
            ("noted", set()),
        ):
            object.__setattr__(self, slot, value)

    def __call__(self, *given: Any, **named: Any) -> Any:
        object.__setattr__(self, "calls", self.calls + 1)
        try:
            result = self._version(*given, **named)
            if result is ...:  # a stub of the learner
                raise StubLeft
            return result
        except Exception as error:
            object.__setattr__(self, "raised", error)
            raise

    def let_out(self, error: BaseException) -> bool:
        """Whether an exception comes from the version, or from what it has returned."""
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code in self._codes:
                return True
            trace = trace.tb_next
        return error is self.raised

    @property
    def __name__(self) -> str:
        self.noted.add("name")
        return str(self._name)

    def __getattr__(self, name: str) -> Any:
        if name == "__qualname__":
            return self.__name__
        if name in _OF_SOURCE:
            self.noted.add("source")
        raise AttributeError(f"{self._name!r} has no attribute {name!r}")

    def __setattr__(self, name: str, value: object) -> None:
        self.noted.add("edits")
        raise AttributeError(f"the patient's {name!r} cannot be set")


def masked(version: Function, name: str) -> Function:
    """The same function or class under another name, its file not told."""
    if isinstance(version, type):
        return type(name, (version,), {"__module__": "patient"})
    if not isinstance(version, FunctionType):
        return version
    code = version.__code__.replace(
        co_filename=_CODE_FILE, co_name=name, co_qualname=name
    )
    copy = FunctionType(
        code, version.__globals__, name, version.__defaults__, version.__closure__
    )
    copy.__kwdefaults__ = version.__kwdefaults__
    return copy


@functools.cache
def warm_up() -> None:
    """The first optimiser loads half of torch: seconds that are nobody's.

    Cut off in the middle, it would leave a torch that cannot be used.
    """
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)])
    optimizer.zero_grad()
    optimizer.step()


@contextlib.contextmanager
def clock(seconds: float) -> Iterator[None]:
    """Raise TimeIsUp inside after so many seconds of the processor, where that works.

    A busy machine is nobody's fault, so the processor's time counts; what sleeps is
    woken after WALL times as long. It rings again and again, in case somebody catches
    everything. Outside the main thread there is no such clock, nor on Windows.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or not hasattr(signal, "setitimer"):
        yield
        return
    timers = {
        signal.ITIMER_PROF: (signal.SIGPROF, seconds),
        signal.ITIMER_REAL: (signal.SIGALRM, WALL * seconds),
    }
    handlers = {sig: signal.signal(sig, _ring) for sig, _ in timers.values()}
    before = {t: signal.setitimer(t, s, _PULSE) for t, (_, s) in timers.items()}
    try:
        yield
    finally:
        for timer, kept in before.items():
            signal.setitimer(timer, *kept)
        for sig, handler in handlers.items():
            signal.signal(sig, handler)


def _ring(number: int, frame: FrameType | None) -> None:
    raise TimeIsUp


class Surroundings:
    """What foreign code must leave as it is: names of torch, of Python, of patients."""

    def __init__(self, *versions: Function) -> None:
        warm_up()  # torch changes a few names of its own then
        modules = {sys.modules.get(getattr(v, "__module__", "")) for v in versions}
        spaces: list[Any] = [torch, nn, nn.functional, torch.optim, torch.Tensor]
        spaces += [nn.Module, nn.Linear, torch.autograd, builtins, math, random]
        spaces += [one for one in modules if one is not None]
        self.kept = [(space, dict(vars(space))) for space in spaces]

    def restored(self) -> str:
        """Put everything back; the first name that was another, or ""."""
        first = ""
        for space, before in self.kept:
            now = vars(space)
            for name, value in before.items():
                new = now.get(name, _MISSING)
                if new is not value and name not in _OWN and not _is_torchs(new, value):
                    setattr(space, name, value)
                    first = first or f"{space.__name__}.{name}"
        return first


def _is_torchs(new: object, old: object) -> bool:
    """Whether torch itself has wrapped one of its functions, as its compiler does."""
    same = getattr(new, "__name__", 1) == getattr(old, "__name__", 2)
    return same and str(getattr(new, "__module__", "")).startswith("torch")


_MISSING = object()
_OWN = {"_", "__warningregistry__"}  # Python itself writes these
