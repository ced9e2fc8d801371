"""One notebook in its process: runs the cells, hands functions over, tells what came.

It has no answers and gives no verdicts. The parent is told what is about to run, so
that it can hold it to its time, gets what each function did, and says what the judge
made of it. Then the notebook goes on with the student's function where it passed, else
with the course's, as `checks.use` does for the student.
"""

import contextlib
import functools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from aigc_course.checks import guard
from aigc_course.checks.attempt import first_line
from aigc_course.checks.exercise import Exercise
from aigc_course.checks.guard import TooMuchOutput
from aigc_course.checks.judge import before_calling, fitting, violated
from aigc_course.checks.outcome import STIRS, Call, outcome
from aigc_course.grading import answers, cells
from aigc_course.grading.child import Job
from aigc_course.grading.confine import Watch, lift_memory_limit, limit_memory
from aigc_course.grading.extract import USUAL, Missing, extract, load, note_of
from aigc_course.grading.line import framed, unframed
from aigc_course.grading.needs import AsksTheChecker, wanted
from aigc_course.grading.plain import packed, unpacked
from aigc_course.grading.record import (
    Recorder,
    error_written,
    written,
)

RUN, PICKED = "run", "picked"
CELL = 4.0  # seconds for a cell, and
CELLS = 15.0  # for all cells together
_NO_MEMORY = ("can't allocate memory", "not enough memory", "bad_alloc")
_NONE: Any = object()  # no function has this name


@dataclass
class _Watched:
    """A student's function; remembers what it raised."""

    function: Callable[..., Any]
    raised: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        with contextlib.suppress(Exception):
            functools.update_wrapper(self, self.function)

    def __call__(self, *given: Any, **named: Any) -> Any:
        try:
            return self.function(*given, **named)
        except BaseException as error:
            self.raised.append(error)
            raise


class _Said(Exception):
    """What came of an exercise without the judge. Arguments: status and message."""


class Sitting:
    """The notebook of a job. students: by id the functions that were handed over."""

    def __init__(
        self,
        connection: Connection,
        job: Job,
        exercises: Sequence[Exercise],
        watch: Watch,
    ) -> None:
        self.connection, self.job, self.watch = connection, job, watch
        self.exercises = {one.id: one for one in exercises}
        self.kinds = {id: unpacked(kind) for id, kind in job.kinds.items()}
        self.students: dict[str, Any] = {}
        self.passed = {id: passed for id, (passed, _) in job.settled.items()}
        self.report = cells.Report()
        self.left_out: set[str] = set()
        self.given_later: list[frozenset[str]] = []
        self.space: dict[str, Any] = cells.notebook().__dict__
        self.paused = 0.0

    def run(self) -> None:
        """Run the cells, then settle what no `checks.use` has handed over."""
        for text in USUAL.values():
            exec(text, self.space)
        cells.stand_in_ipython(self.space)
        self._run_cells()
        for id, passed in self.passed.items():
            if not passed:  # as its `checks.use` would have done
                self.space[self.exercises[id].function] = self.exercises[id].reference
        asked = [self.exercises[id] for id in self.job.asked]
        # what is nowhere first: the others may then go on with the course's function
        for there in (False, True):
            for one in asked:
                if one.id not in self.passed and (one.function in self.space) is there:
                    self.settle(one, self.space.get(one.function, _NONE))

    def unsettled(self) -> list[Callable[..., Any]]:
        """The references that no message may bring back yet."""
        waiting = (one for id, one in self.exercises.items() if id not in self.passed)
        return [one.reference for one in waiting]

    def use(self, id: Any, function: Any) -> Any:
        """`checks.use` of the notebook: what it goes on with."""
        exercise = self.exercises.get(id) if isinstance(id, str) else None
        if exercise is None:
            return function
        given_later = any(exercise.function in names for names in self.given_later)
        if id not in self.passed and not given_later:
            start = time.monotonic()
            with cells.stopped_clock():
                function = self.settle(exercise, function)
            self.paused += time.monotonic() - start
            self.watch.armed, self.watch.tried = True, ""  # the cell goes on
        return function if self.passed.get(id, True) else exercise.reference

    def settle(self, exercise: Exercise, function: Any) -> Any:
        """Have a function judged, for good; what the notebook goes on with."""
        reply: dict[str, Any] = {"again": True}
        if function is not _NONE:
            reply, function = self._judged(exercise, lambda: function, RUN)
        if reply.get("again"):
            reply, function = self._judged(exercise, lambda: self._picked(exercise))
        self.passed[exercise.id] = reply.get("status") == "passed"
        if not self.passed[exercise.id]:
            answers.put_back(reply.get("code") or {}, self.unsettled())
            function = exercise.reference
        self.students[exercise.id] = self.space[exercise.function] = function
        return function

    def say(self, what: str, body: bytes = b"", **more: Any) -> None:
        """Tell the parent."""
        self.connection.send_bytes(framed({"say": what, **more}, body))

    def _hear(self) -> dict[str, Any]:
        return unframed(self.connection.recv_bytes())[0]

    def _run_cells(self) -> None:
        everything = cells.statements(self.job.cells, self.report)
        names = [one.function for one in self.exercises.values()]
        chosen = cells.relevant(everything, names)
        start = time.monotonic()
        cell = 0
        for i, one in enumerate(chosen):
            if one.cell in self.job.skip:
                self.report.skip(one.cell, "it ended the process, or would not end")
                continue
            if one.cell != cell:
                cell, begun, before = one.cell, time.monotonic(), self.paused
                self.say("cell", number=cell)
            if time.monotonic() - self.paused - start > CELLS:
                self.report.skip(cell, f"the cells have used their {CELLS:g} s")
                continue
            self.given_later = [other.gives for other in chosen[i + 1 :]]
            self._run_one(one, begun + CELL + self.paused - before)
        self.given_later = []

    def _run_one(self, one: cells.Statement, until: float) -> None:
        if cells.is_long_work(one, self.space):
            self.left_out |= one.gives
            return
        self.watch.armed, self.watch.tried = True, ""
        try:
            cells.run(one, self.job.cells[one.cell - 1], self.space, until)
        except cells.CutOff:
            self.report.skip(one.cell, f"it had not ended after {CELL:g} s")
        except BaseException as error:  # whatever the notebook may raise
            told = error_written(error)
            self.report.skip(one.cell, f"{told['type']}: {told['line']}")
        self.watch.armed = False
        if self.watch.tried:
            self.report.skipped[one.cell] = self.watch.tried.rstrip(".")

    def _judged(
        self, exercise: Exercise, make: Callable[[], Any], way: str = PICKED
    ) -> tuple[dict[str, Any], Any]:
        """What the judge says, and the function."""
        function: Any = None

        def calls() -> object:
            nonlocal function
            function = make()
            self.students[exercise.id] = function
            return self._calls(exercise, function)

        self.say("judging", exercise=exercise.id, way=way, notes=self._notes(exercise))
        reply = self._told("calls", exercise, calls)
        while part := reply.get("need"):
            if part == "stirred":
                reply = self._told(part, exercise, lambda: self._stirred(exercise))
            else:
                reply = self._told(part, exercise, lambda: self._properties(exercise))
        if reply.get("status") == "passed" and self.fitted:
            like = [Call(returned=tuple(self.kinds[exercise.id]["calls"][0]))]
            function = fitting(function, exercise, like)
        return reply, function

    def _told(
        self, part: str, exercise: Exercise, ask: Callable[[], object]
    ) -> dict[str, Any]:
        """Run the student's function in one of the ways, tell, and hear."""
        self.watch.armed = False  # a cell may be under way
        limit_memory(self.job.limits)
        self.watch.armed = self.watch.judging = True
        self.watch.tried = ""
        try:
            body, said = packed(ask()), None
        except BaseException as error:  # whatever the student's code may raise
            body, said = b"", self._said(error)
        self.watch.armed = self.watch.judging = False
        lift_memory_limit()
        if self.watch.tried:
            said = "forbidden", self.watch.tried
        more = self._more(exercise)
        if said:
            status, message = said
            text = " ".join(message.split())
            self.say("result", status=status, message=text, more=more)
        else:
            self.say("part", body, part=part, more=more)
        return self._hear()

    def _said(self, error: BaseException) -> tuple[str, str]:
        """What is said of an answer that got no further than this."""
        if isinstance(error, _Said):
            return error.args[0], error.args[1]
        if isinstance(error, Missing):
            return "error" if error.broken else "missing", str(error)
        if isinstance(error, AsksTheChecker):
            asked = str(error) or "aigc_course.checks"
            return "forbidden", f"It asks `{asked}` for the answer."
        if isinstance(error, TooMuchOutput):
            return "output limit", f"It printed {error}."
        if is_memory(error):
            return "memory limit", self._memory()
        if isinstance(error, SystemExit):
            return "ended itself", "It ends the program where it is defined."
        if isinstance(error, SyntaxError):
            return "error", f"The function cannot be read: {first_line(error)}."
        return "error", error_written(error)["says"]

    def _calls(self, exercise: Exercise, function: Any) -> object:
        """What the function does on the exercise's inputs."""
        watched = _Watched(function) if callable(function) else function
        like = [Call(returned=tuple(r)) for r in self.kinds[exercise.id]["calls"]]
        with guard.untouched(self.job.limits.output):
            if early := before_calling(exercise, watched):
                quiet = early.status == "not attempted"
                raise _Said(early.status, "" if quiet else early.message)
            got = outcome(exercise, watched, like)
        self.fitted = any(call.fitted for call in got)
        for error in watched.raised:
            if is_memory(error):
                raise _Said("memory limit", self._memory())
            if isinstance(error, SystemExit):
                raise _Said("ended itself", error_written(error)["says"])
        return written(got)

    fitted = False

    def _stirred(self, exercise: Exercise) -> object:
        """The same with other random numbers inside the function, twice."""
        function = self.students[exercise.id]
        like = [Call(returned=tuple(r)) for r in self.kinds[exercise.id]["calls"]]
        with guard.untouched(self.job.limits.output):
            return [
                written(outcome(exercise, function, like, stir=stir)) for stir in STIRS
            ]

    def _properties(self, exercise: Exercise) -> object:
        """What each property asks and hears, and what it says here."""
        function = _Watched(self.students[exercise.id])
        found = []
        with guard.untouched(self.job.limits.output):
            for rule, like in zip(
                exercise.checks, self.kinds[exercise.id]["rules"], strict=True
            ):
                recorder = Recorder(function)
                verdict = violated(exercise, rule, recorder, like)
                said: list[str] = []
                if verdict:
                    said = [verdict.status, verdict.message, verdict.violated]
                found.append({"calls": recorder.calls, "verdict": said})
        for error in function.raised:
            if is_memory(error):
                raise _Said("memory limit", self._memory())
        return found

    def _picked(self, exercise: Exercise) -> Any:
        """The function by its name in the text, with what it needs and no more."""
        others = {
            self.exercises[id].function: self.space[self.exercises[id].function]
            for id in self.passed
            if id != exercise.id and self.exercises[id].function in self.space
        }
        one = extract(exercise.function, self.job.cells, others)
        self.left_out |= set(one.left_out)
        return load(one, self.job.cells, others)

    def _notes(self, exercise: Exercise) -> list[str]:
        return note_of(exercise.function, self.job.cells)

    def _more(self, exercise: Exercise) -> list[str]:
        """What may explain a failure: values and cells that are not there."""
        code = getattr(self.students.get(exercise.id), "__code__", None)
        names = wanted(code) if code else set()
        absent = sorted((names & self.left_out) - set(self.space))
        notes = [
            f"`{name}` is a result of the notebook, which is not run here: pass it as"
            " an argument."
            for name in absent
        ]
        cells_out = list(self.report.skipped.items())[:2]
        return notes + [f"Cell {n} was not run whole: {why}." for n, why in cells_out]

    def _memory(self) -> str:
        return f"It asked for more than {self.job.limits.memory:,} MiB of memory."


def is_memory(error: BaseException) -> bool:
    """Whether an error means that there was not enough memory."""
    if isinstance(error, MemoryError):
        return True
    return any(text in error_written(error)["line"] for text in _NO_MEMORY)
