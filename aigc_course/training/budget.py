"""How long to train: in steps, in seconds or in epochs."""

import os
from dataclasses import dataclass

from aigc_course.errors import CourseError

FAST_STEPS = 12


@dataclass(frozen=True)
class Budget:
    """A length of training, given in exactly one unit. Raises CourseError otherwise.

    A budget in steps or epochs makes a run reproducible, bit by bit where the number of
    threads is the same; one in seconds gives the best that this machine can do in it.

    >>> Budget(seconds=60)
    Budget(steps=None, seconds=60, epochs=None)
    """

    steps: int | None = None
    seconds: float | None = None
    epochs: float | None = None

    def __post_init__(self) -> None:
        given = [v for v in (self.steps, self.seconds, self.epochs) if v is not None]
        if len(given) != 1:
            raise CourseError("Give one budget: steps, seconds or epochs.")
        if not 0 < given[0] < float("inf"):
            raise CourseError(f"A budget is a positive number, not {given[0]}.")

    def progress(self, step: int, elapsed: float, per_epoch: int) -> float:
        """Share of the budget that is spent, 0 at the start and 1 or more at the end.

        step: steps done. elapsed: seconds of training. per_epoch: steps per epoch.
        """
        if self.seconds is not None:
            return elapsed / self.seconds
        return step / self.total_steps(per_epoch)

    def total_steps(self, per_epoch: int) -> int:
        """The budget in whole steps. Raises CourseError for a budget in seconds."""
        if self.steps is not None:
            return self.steps
        if self.epochs is None:
            raise CourseError("A budget in seconds has no fixed number of steps.")
        return max(1, round(self.epochs * per_epoch))

    def __str__(self) -> str:
        for unit in ("steps", "seconds", "epochs"):
            if (value := getattr(self, unit)) is not None:
                return f"{value:g} {unit}"
        raise AssertionError("a budget has one unit")


def fast_mode() -> bool:
    """Whether AIGC_FAST=1 asks for the shortened runs that tests use."""
    return os.environ.get("AIGC_FAST", "") not in ("", "0")


def lesson(*, steps: int | None = None, seconds: float | None = None) -> Budget:
    """The budget of a training cell, or a few steps in fast mode.

    steps: the usual unit, so that a slow machine changes the minutes and not the
    result. seconds: where the time itself is the question. Raises CourseError unless
    exactly one of them is given.

    >>> lesson(steps=3000) in (Budget(steps=3000), Budget(steps=FAST_STEPS))
    True
    """
    full = Budget(steps=steps, seconds=seconds)
    if not fast_mode():
        return full
    return Budget(steps=min(full.steps or FAST_STEPS, FAST_STEPS))
