"""Judges a function against an exercise: right, a known misconception, or wrong how."""

import time
from collections.abc import Iterator
from dataclasses import replace

from aigc_course.checks import guard
from aigc_course.checks.attempt import (
    cannot_take,
    is_stub,
    is_stub_error,
    why_stopped,
)
from aigc_course.checks.compare import kind
from aigc_course.checks.exercise import Exercise, Property
from aigc_course.checks.outcome import (
    SEED,
    Call,
    Function,
    Objection,
    Watched,
    inputs,
    outcome,
    recognise,
    unlike,
)
from aigc_course.checks.verdict import Verdict

_SLOW = 5.0  # seconds of calls from which the verdict mentions them


def judge(
    exercise: Exercise, function: Function, *, most_output: int | None = None
) -> Verdict:
    """The verdict on a learner's function. It keeps no memory and shows nothing.

    Never raises for what the function does, except KeyboardInterrupt, and TooMuchOutput
    when it prints more than `most_output` characters.
    """
    with guard.untouched(most_output) as record:
        if verdict := _before_calling(exercise, function):
            return verdict
        # the reference first: what torch loads at a first use is not the learner's time
        want, expected = _timed(exercise, exercise.reference)
        got, seconds = _timed(exercise, function)
        said = record.said()
        verdict = _decide(exercise, function, got, want)
    message = verdict.message + _slow(seconds, expected)
    return replace(verdict, message=message, said="" if verdict.passed else said)


def _decide(
    exercise: Exercise, function: Function, got: list[Call], want: list[Call]
) -> Verdict:
    if any(call.raised and is_stub_error(call.raised) for call in got):
        return _not_attempted(
            exercise, " Its `raise NotImplementedError` or `...` is still there."
        )
    known = recognise(exercise, got) if unlike(exercise, got, want) else None
    if known:
        return Verdict(
            exercise.id,
            "misconception",
            known.says,
            misconception=known.name,
            hint_level=known.hint_level,
        )
    passed = Verdict(exercise.id, "passed", f"To try next: {exercise.variation}")
    return next(_findings(exercise, function, got, want), passed)


def _findings(
    exercise: Exercise, function: Function, got: list[Call], want: list[Call]
) -> Iterator[Verdict]:
    """What is wrong, gravest first: it stops, wrong kind, a property, other values."""
    for mine, theirs in zip(got, want, strict=True):
        if mine.raised is not None:
            yield _stopped(exercise, mine.raised)
        if mine.result is None and theirs.result is not None:
            yield _wrong(exercise, "The result is None; a `return` may be missing.")
    if exercise.agree and (sentence := unlike(exercise, got, want, values=False)):
        yield _wrong(exercise, sentence)
    for rule in exercise.checks:
        if verdict := _violated(exercise, rule, function):
            yield verdict
    if exercise.agree and (sentence := unlike(exercise, got, want)):
        yield _wrong(exercise, sentence)


def _violated(exercise: Exercise, rule: Property, function: Function) -> Verdict | None:
    watched = Watched(function)
    guard.fresh(SEED)
    try:
        answer = rule.holds(watched)
    except (Exception, SystemExit) as error:
        if error is watched.error:
            return _stopped(exercise, error)
        # the property could not digest the result
        asserted = isinstance(error, AssertionError)
        answer = str(error) if asserted else f"{rule.says} {why_stopped(error)}"
    if answer is None or answer is True:
        return None
    says = answer if isinstance(answer, str) and answer else rule.says
    return replace(_wrong(exercise, f"This should hold: {says}"), violated=rule.name)


def _before_calling(exercise: Exercise, function: Function) -> Verdict | None:
    if not callable(function):
        message = (
            f"The check needs the function itself, `{exercise.function}` without"
            f" parentheses; it was given {kind(function)}."
        )
        return Verdict(exercise.id, "error", message)
    if is_stub(function):
        return _not_attempted(exercise)
    arguments = None if exercise.behave else next(iter(inputs(exercise)), None)
    if message := cannot_take(function, exercise.reference, arguments):
        return Verdict(exercise.id, "error", message, hint_level=0)
    return None


def _timed(exercise: Exercise, function: Function) -> tuple[list[Call], float]:
    start = time.perf_counter()
    return outcome(exercise, function), time.perf_counter() - start


def _slow(seconds: float, expected: float) -> str:
    if seconds < max(_SLOW, 10 * expected):
        return ""
    return (
        f" It took {seconds:.0f} s where {expected:.1f} s is usual: look for a loop"
        " that one tensor operation can replace."
    )


def _not_attempted(exercise: Exercise, why: str = "") -> Verdict:
    message = (
        f"Write the body of `{exercise.function}`, then run its cell and this one.{why}"
        f' `checks.hint("{exercise.id}")` gives a first hint.'
    )
    return Verdict(exercise.id, "not attempted", message)


def _wrong(exercise: Exercise, message: str) -> Verdict:
    return Verdict(exercise.id, "wrong", message, hint_level=0)


def _stopped(exercise: Exercise, error: BaseException) -> Verdict:
    if isinstance(error, Objection):
        return _wrong(exercise, str(error))
    return Verdict(exercise.id, "error", why_stopped(error), hint_level=0)
