"""Judges a function against an exercise: right, a known misconception, or wrong how."""

import functools
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from torch import Tensor

from aigc_course.checks import guard
from aigc_course.checks.attempt import (
    cannot_take,
    is_stub,
    is_stub_error,
    why_stopped,
)
from aigc_course.checks.compare import difference, is_about_dtype, kind
from aigc_course.checks.exercise import Exercise, Misconception, Property
from aigc_course.checks.fit import fit
from aigc_course.checks.known import known
from aigc_course.checks.outcome import (
    SEED,
    Call,
    Function,
    Objection,
    Watched,
    inputs,
    matches,
    outcome,
    unlike,
    varies,
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
    return judged(exercise, function, most_output=most_output)[0]


def judged(
    exercise: Exercise, function: Function, *, most_output: int | None = None
) -> tuple[Verdict, Function]:
    """The verdict, and the function for the notebook to go on with.

    That is the learner's own. Where it returns a float for a 0-d tensor, say, which is
    no mistake, a wrapper brings its results to the kind that later cells expect.
    """
    with guard.untouched(most_output) as record:
        if verdict := before_calling(exercise, function):
            return verdict, function
        # the reference first: what torch loads at a first use is not the learner's time
        expected = known(exercise)
        want = expected.reference
        start = time.perf_counter()
        got = outcome(exercise, function, want)
        seconds = time.perf_counter() - start
        said = record.said()
        verdict = decide(exercise, got, want, Asked(exercise, function))
    message = verdict.message + slow(exercise, seconds, expected.seconds)
    verdict = replace(verdict, message=message, said="" if verdict.passed else said)
    fitted = any(call.fitted for call in got)
    return verdict, fitting(function, exercise, want) if fitted else function


def fitting(function: Function, exercise: Exercise, want: list[Call]) -> Function:
    """The function, its results brought to the kind that the exercise expects."""
    like = want[0].returned[0]

    @functools.wraps(function)
    def fitted(*arguments: Any, **named: Any) -> Any:
        given = (*arguments, *named.values())
        wide = any(str(getattr(one, "dtype", "")).endswith("float64") for one in given)
        exact = exercise.exact_dtype or (wide and not _is_wide(like))
        return fit(function(*arguments, **named), like, exact_dtype=exact)

    return fitted


def _is_wide(value: object) -> bool:
    return isinstance(value, Tensor | np.ndarray) and value.dtype.itemsize > 4


class Asked:
    """What a verdict asks beyond the calls: of the function itself, which is at hand.

    A grader that has only a record of what the function did answers from the record.
    """

    def __init__(self, exercise: Exercise, function: Function) -> None:
        self.exercise, self.function = exercise, function

    def recognise(self, got: list[Call], want: list[Call]) -> Misconception | None:
        """The first misconception that does what the function did.

        Values, gradients, and whether there is a gradient: one who lets none through
        has another misconception than one who does.
        """
        does = known(self.exercise).mistake
        for number, misconception in enumerate(self.exercise.misconceptions):
            if matches(self.exercise, got, does(number)):
                return misconception
        return None

    def draws(self, want: list[Call]) -> bool:
        """Whether the function draws random numbers of its own."""
        if not varies(self.exercise, self.function, want):
            return False
        return not known(self.exercise).is_random

    def violated(self, rule: Property) -> Verdict | None:
        """What to say where a property does not hold."""
        return violated(self.exercise, rule, self.function)


def decide(
    exercise: Exercise, got: list[Call], want: list[Call], asked: Asked
) -> Verdict:
    """The verdict on what a function did (got), given what the reference did (want)."""
    if any(call.raised and is_stub_error(call.raised) for call in got):
        return _not_attempted(
            exercise, " Its `raise NotImplementedError` or `...` is still there."
        )
    if unlike(exercise, got, want):
        if mistake := asked.recognise(got, want):
            return _named(exercise, mistake)
        if verdict := _draws(exercise, got, want, asked):
            return verdict
    passed = Verdict(exercise.id, "passed", f"To try next: {exercise.variation}")
    return next(_findings(exercise, got, want, asked), passed)


def _draws(
    exercise: Exercise, got: list[Call], want: list[Call], asked: Asked
) -> Verdict | None:
    """What to say of a function that draws numbers where none are to be drawn."""
    if exercise.trains or any(call.raised for call in got):
        return None
    if not exercise.agree or not asked.draws(want):
        return None
    for mistake in exercise.misconceptions:
        if mistake.draws:
            return _named(exercise, mistake)
    return _wrong(
        exercise,
        "Your function draws random numbers of its own, so it gives another result each"
        " time; the right result depends on the arguments alone.",
    )


def _named(exercise: Exercise, mistake: Misconception) -> Verdict:
    return Verdict(
        exercise.id,
        "misconception",
        mistake.says,
        misconception=mistake.name,
        hint_level=mistake.hint_level,
    )


def _findings(
    exercise: Exercise, got: list[Call], want: list[Call], asked: Asked
) -> Iterator[Verdict]:
    """What is wrong, gravest first: it stops, wrong kind, a property, other values."""
    for mine, theirs in zip(got, want, strict=True):
        if mine.raised is not None:
            yield _stopped(exercise, mine.raised)
        if mine.result is None and theirs.result is not None:
            yield _wrong(exercise, "The result is None; a `return` may be missing.")
    if exercise.agree and (sentence := unlike(exercise, got, want, values=False)):
        # who has the right idea in a narrower dtype needs no hint towards the idea
        level = None if is_about_dtype(sentence) else 0
        yield replace(_wrong(exercise, sentence), hint_level=level)
    for rule in exercise.checks:
        if verdict := asked.violated(rule):
            yield verdict
    if exercise.agree and (sentence := unlike(exercise, got, want)):
        yield _wrong(exercise, sentence)


def violated(
    exercise: Exercise,
    rule: Property,
    function: Function,
    like: list[object] | None = None,
) -> Verdict | None:
    """What to say where a property does not hold for a function; None where it does.

    like: what the reference returns, call by call, where that is known already.
    """
    like = known(exercise).like(rule) if like is None else like
    watched = Watched(function, like, exact_dtype=exercise.exact_dtype)
    guard.fresh(SEED)
    try:
        answer = rule.holds(watched)
    except (Exception, SystemExit) as error:
        if error is watched.error:
            return _stopped(exercise, error)
        # the property could not digest the result
        asserted = isinstance(error, AssertionError)
        answer = str(error) if asserted else f"{rule.says} {why_stopped(error)}"
    if holds(answer):
        return None
    if cut := _cut(watched.returned, like):
        return _wrong(exercise, cut)
    says = answer if isinstance(answer, str) and answer else rule.says
    return replace(_wrong(exercise, f"This should hold: {says}"), violated=rule.name)


def holds(answer: object) -> bool:
    """Whether what a property returned means yes.

    None, or a truth of any kind: of Python, of NumPy, or a tensor of one entry.

    >>> holds(np.True_), holds(None), holds("it does not."), holds([True])
    (True, True, False, False)
    """
    if isinstance(answer, bool | np.bool_):
        return bool(answer)
    if isinstance(answer, Tensor | np.ndarray):
        return answer.reshape(-1).shape == (1,) and bool(answer)
    return answer is None


def _cut(returned: list[object], like: list[object]) -> str | None:
    """That a result carries no gradient where the reference's does, in a sentence."""
    for got, want in zip(returned, like, strict=False):
        if isinstance(want, Tensor) and want.requires_grad:
            carries = isinstance(got, Tensor) and got.requires_grad
            if got is not None and not carries:
                return difference(got, want, values=False)
    return None


def before_calling(exercise: Exercise, function: Function) -> Verdict | None:
    """The verdict on what is no function, a stub, or cannot be called; else None."""
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


def slow(exercise: Exercise, seconds: float, expected: float) -> str:
    """What to add to a message for an answer that takes far too long, or ""."""
    if exercise.trains or seconds < max(_SLOW, 10 * expected):
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
