"""The judge's process: it has the answers and never runs a student's code.

It is told what a function did and compares that with what the reference and the
misconceptions do, which it works out once for a whole class.
"""

import functools
import os
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from aigc_course.checks.exercise import Exercise, Misconception, Property
from aigc_course.checks.judge import Asked, decide, slow, violated
from aigc_course.checks.known import Known
from aigc_course.checks.outcome import STIRS, Call, matches, outcome, unlike
from aigc_course.checks.verdict import Verdict
from aigc_course.grading import answers
from aigc_course.grading.line import framed, unframed
from aigc_course.grading.plain import Damaged, kinds, packed, plain, unpacked
from aigc_course.grading.record import Replay, read, written


class Needs(Exception):
    """The verdict needs a part of the record that has not come yet."""


class Case(Known):
    """An exercise with all that is known about it before anybody answers.

    want: what the reference does, as a student's process would tell it.
    """

    def __init__(self, exercise: Exercise) -> None:
        super().__init__(exercise)
        self.want = self._told(self.reference)

    @functools.cached_property
    def mistakes(self) -> list[tuple[Misconception, list[Call]]]:
        """Each misconception with what its code does."""
        every = enumerate(self.exercise.misconceptions)
        return [(one, self._told(self.mistake(number))) for number, one in every]

    @functools.cached_property
    def likes(self) -> list[list[object]]:
        """What the reference returns while each property looks at it."""
        return [self.like(rule) for rule in self.exercise.checks]

    @functools.cached_property
    def is_random(self) -> bool:
        """Whether the reference draws random numbers of its own."""
        one, two = (self._stirred(stir) for stir in STIRS)
        return unlike(self.exercise, one, two) is not None

    def kinds(self) -> bytes:
        """The kinds of what the reference returns, without the values."""
        calls = [[kinds(one) for one in call.returned] for call in self.reference]
        rules = [[kinds(one) for one in like] for like in self.likes]
        return packed({"calls": calls, "rules": rules})

    def _stirred(self, stir: int) -> list[Call]:
        calls = outcome(
            self.exercise, self.exercise.reference, self.reference, stir=stir
        )
        return self._told(calls)

    def _told(self, calls: list[Call]) -> list[Call]:
        """The calls as they would arrive from a student's process."""
        before = [
            Call(before=tuple(plain(list(call.before)))) for call in self.reference
        ]
        return read(plain(written(calls)), before)


class OnRecord(Asked):
    """Answers from what a student's process has told. Raises Needs for other parts."""

    def __init__(self, case: Case, parts: dict[str, Any]) -> None:
        super().__init__(case.exercise, case.exercise.reference)
        self.case, self.parts = case, parts

    def recognise(self, got: list[Call], want: list[Call]) -> Misconception | None:
        """The first misconception that does what the function did."""
        mistakes = self.case.mistakes
        alike = (one for one, does in mistakes if matches(self.exercise, got, does))
        return next(alike, None)

    def draws(self, want: list[Call]) -> bool:
        """Whether the function gave something else where chance was stirred."""
        told = self._part("stirred")
        one, two = (read(calls, self.case.want) for calls in told)
        comparable = unlike(self.exercise, one, one) is None
        varies = comparable and unlike(self.exercise, one, two) is not None
        return varies and not self.case.is_random

    def violated(self, rule: Property) -> Verdict | None:
        """Ask the property again, with the answers that were written down.

        Where no record holds them, what the student's process found is taken: nobody
        passes by that alone, unless the exercise has no values to agree with.
        """
        place = self.exercise.checks.index(rule)
        told = self._part("properties")[place]
        if told["calls"] is not None:
            replay = Replay(told["calls"])
            return violated(self.exercise, rule, replay, self.case.likes[place])
        if not told["verdict"]:
            return None
        status, message, broken = (str(one) for one in told["verdict"])
        if status not in ("wrong", "error"):
            raise Damaged("no such verdict")
        return Verdict(
            self.exercise.id,
            status,  # type: ignore[arg-type]
            message,
            violated=broken,
            hint_level=0,
        )

    def _part(self, name: str) -> Any:
        if name not in self.parts:
            raise Needs(name)
        return self.parts[name]


class Bench:
    """Answers the grader's questions, one after the other."""

    def __init__(self) -> None:
        self.parts: dict[str, Any] = {}

    def answer(self, message: bytes) -> bytes:
        """ask: for "kinds" of a chapter, "code" of a reference, or to "judge"."""
        from aigc_course.checks import guard

        head, body = unframed(message)
        with guard.untouched():
            if head["ask"] == "kinds":
                return self._kinds(head["chapter"])
            if head["ask"] == "code":
                return framed(
                    {"code": answers.code_of(_case(head["exercise"]).exercise)}
                )
            return framed(self._judged(_case(head["exercise"]), head, body))

    def _kinds(self, chapter: str) -> bytes:
        from aigc_course.checks import registry

        parts = {one.id: _case(one.id).kinds() for one in registry.exercises(chapter)}
        sizes = {id: len(part) for id, part in parts.items()}
        return framed({"sizes": sizes}, b"".join(parts.values()))

    def _judged(
        self, case: Case, head: dict[str, Any], body: bytes
    ) -> dict[str, object]:
        if head["part"] == "calls":
            self.parts = {}
        try:
            self.parts[head["part"]] = unpacked(body)
            got = read(self.parts["calls"], case.want)
            verdict = decide(case.exercise, got, case.want, OnRecord(case, self.parts))
        except Needs as needs:
            return {"need": str(needs)}
        except Damaged:
            return {"status": "changed the checker"}
        late = slow(case.exercise, float(head["seconds"]), case.seconds)
        # what it says there is advice for the student
        quiet = verdict.status in ("passed", "not attempted")
        return {
            "status": verdict.status,
            "message": "" if quiet else verdict.message + late,
            "misconception": verdict.misconception,
        }


@functools.cache
def _case(id: str) -> Case:
    from aigc_course.checks import registry

    return Case(registry.get(id))


def work(connection: Connection, scratch: str) -> None:
    """Answer until nobody asks any more."""
    from aigc_course.grading import preload
    from aigc_course.grading.confine import confine
    from aigc_course.grading.limits import Limits

    preload.load()  # where it was not forked
    confine(Path(scratch), Limits(total=86_400.0), connection.fileno())
    bench = Bench()
    while True:
        try:
            message = connection.recv_bytes()
        except (EOFError, OSError):
            os._exit(0)
        try:
            said = bench.answer(message)
        except Exception as error:  # a record that no comparison can digest
            said = framed({"failed": f"{type(error).__name__}: {error}"[:300]})
        connection.send_bytes(said)
