"""What a function does on an exercise's inputs, and how two such outcomes differ."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aigc_course.checks import guard
from aigc_course.checks.attempt import StubLeft, first_line
from aigc_course.checks.compare import difference, same
from aigc_course.checks.exercise import Exercise, Misconception

SEED = 2014
Function = Callable[..., Any]


class Objection(Exception):
    """What an `observe` function asserts of the learner's answer."""


@dataclass(frozen=True)
class Call:
    """What one call did.

    result: what it returned. before, after: its arguments, as the exercise made them
    and as the call left them. raised: the exception that ended it, None when none did.
    """

    result: object = None
    before: tuple[Any, ...] = ()
    after: tuple[Any, ...] = ()
    raised: BaseException | None = None


class Watched:
    """The learner's function; remembers the exception it let out.

    Raises StubLeft where the function returns `...`.
    """

    def __init__(self, function: Function) -> None:
        functools.update_wrapper(self, function, updated=())
        self.function = function
        self.error: BaseException | None = None

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        try:
            result = self.function(*arguments, **named)
            if result is ...:
                raise StubLeft
            return result
        except (Exception, SystemExit) as error:
            self.error = error
            raise


def inputs(exercise: Exercise) -> list[tuple[Any, ...]]:
    """The exercise's argument tuples, new objects with the same values each time."""
    guard.fresh(SEED)
    made = exercise.probes() if exercise.probes else []
    return [one if isinstance(one, tuple) else (one,) for one in made]


def outcome(exercise: Exercise, function: Function) -> list[Call]:
    """What a function does on the exercise's inputs: one call for each.

    An exercise with `observe` has one: what it observes. Inputs and random states are
    the same for every function.
    """
    if exercise.behave is not None:
        return [_observed(exercise.behave, function)]
    pairs = zip(inputs(exercise), inputs(exercise), strict=True)
    return [
        _called(function, before, after, SEED + i)
        for i, (before, after) in enumerate(pairs, 1)
    ]


def unlike(
    exercise: Exercise, got: list[Call], want: list[Call], *, values: bool = True
) -> str | None:
    """How one outcome differs from another, as a sentence; None when it does not.

    values=False compares kinds, shapes and dtypes, and that values are finite.
    """
    rest: Any = {"tolerance": exercise.tolerance, "values": values}
    for mine, theirs in zip(got, want, strict=True):
        if _reason(mine) != _reason(theirs):
            return "One function stops with an error and the other does not."
        if sentence := _difference(mine.result, theirs.result, **rest):
            return sentence
        if sentence := _unlike_after(mine, theirs, **rest):
            return sentence
    return None


def recognise(exercise: Exercise, got: list[Call]) -> Misconception | None:
    """The first misconception whose code does what the learner's function did."""
    for misconception in exercise.misconceptions:
        if unlike(exercise, got, outcome(exercise, misconception.wrong)) is None:
            return misconception
    return None


def _unlike_after(mine: Call, theirs: Call, **rest: Any) -> str | None:
    arguments = zip(mine.before, mine.after, theirs.after, strict=False)
    for i, (before, after, right) in enumerate(arguments, 1):
        if same(right, before):  # not the function's to change
            if _difference(after, before):
                return (
                    f"Your function changes its argument {i} in place, which the caller"
                    " still needs; make a new value instead."
                )
        elif said := _difference(after, right, what=f"argument {i} afterwards", **rest):
            return said
    return None


def _observed(behave: Function, function: Function) -> Call:
    watched = Watched(function)
    guard.fresh(SEED)
    try:
        return Call(behave(watched))
    except (Exception, SystemExit) as error:
        if isinstance(error, AssertionError) and error is not watched.error:
            return Call(raised=Objection(*error.args))
        return Call(raised=error)


def _called(function: Function, before: tuple, after: tuple, seed: int) -> Call:
    guard.fresh(seed)
    try:
        return Call(Watched(function)(*after), before, after)
    except (Exception, SystemExit) as error:
        return Call(raised=error)


def _difference(got: object, want: object, **rest: Any) -> str | None:
    try:
        return difference(got, want, **rest)
    except Exception as error:  # a learner may return anything
        return f"The result is no value to compare ({type(error).__name__})."


def _reason(call: Call) -> tuple[str, str]:
    error = call.raised
    return (type(error).__name__, first_line(error)) if error else ("", "")
