"""Runs a learner's function so that the notebook around it stays as it was."""

import contextlib
import io
import random
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch

_KEPT = 2000  # characters of output that are kept; a loop may print megabytes
_LINES = 3  # of which so many lines are shown


class TooMuchOutput(BaseException):
    """A grader's limit on printed characters is reached; no `except Exception`."""


class _Screen(io.TextIOBase):
    """A text stream that keeps its beginning and counts; `most` is a limit or None."""

    def __init__(self, most: int | None = None) -> None:
        self.most = most
        self.kept = ""
        self.lines = 0
        self.written = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        self.kept += text[: max(0, _KEPT - len(self.kept))]
        self.lines += text.count("\n")
        self.written += len(text)
        if self.most is not None and self.written > self.most:
            raise TooMuchOutput(f"more than {self.most:,} characters")
        return len(text)


@dataclass
class Record:
    """What the guarded code printed and what Python warned of."""

    screen: _Screen = field(default_factory=_Screen)
    warned: list[warnings.WarningMessage] = field(default_factory=list)

    def said(self) -> str:
        """The first printed lines and the first warning, short enough to show."""
        lines = [line[:80] for line in self.screen.kept.splitlines()[:_LINES]]
        if self.screen.lines > _LINES:
            lines.append(f"... and {self.screen.lines - _LINES} more lines")
        if self.warned:
            lines.append(
                f"Warning: {str(self.warned[0].message).splitlines()[0][:160]}"
            )
        return "\n".join(lines)


@contextlib.contextmanager
def untouched(most_output: int | None = None) -> Iterator[Record]:
    """Restore random states, gradient mode, default dtype, output and warnings after.

    Inside, gradients are on and the default dtype is float32, whatever they were; who
    prints more than `most_output` characters meets TooMuchOutput.
    """
    record = Record(_Screen(most_output))
    with contextlib.ExitStack() as stack:
        stack.enter_context(_random_states())
        stack.enter_context(_default_dtype())
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        stack.enter_context(contextlib.redirect_stdout(record.screen))
        stack.enter_context(contextlib.redirect_stderr(record.screen))
        warned = stack.enter_context(warnings.catch_warnings(record=True))
        record.warned = warned if warned is not None else []
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", DeprecationWarning)
        yield record


def fresh(number: int) -> None:
    """Seed the global generators and switch gradients on, as before any other call.

    So that a verdict is the same each time, whatever an earlier call left behind.
    """
    torch.set_grad_enabled(True)
    torch.set_default_dtype(torch.float32)
    seed(number)


def seed(number: int) -> None:
    """Seed the global generators of torch, NumPy and Python."""
    # torch.manual_seed records where it was called from, which takes a millisecond
    torch.default_generator.manual_seed(number)
    if torch.cuda.is_initialized():
        torch.cuda.manual_seed_all(number)
    np.random.seed(number)  # noqa: NPY002  the learner may use the global one
    random.seed(number)


@contextlib.contextmanager
def _random_states() -> Iterator[None]:
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else []
    mps = torch.mps.get_rng_state() if torch.backends.mps.is_available() else None
    try:
        with torch.random.fork_rng(devices=devices):
            yield
    finally:
        if mps is not None:
            torch.mps.set_rng_state(mps)
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002


@contextlib.contextmanager
def _default_dtype() -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
