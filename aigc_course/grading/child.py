"""What happens in the process that runs a student's functions.

The verdict is made here too, since a check hands live networks, optimisers and autograd
graphs to the function, which cannot travel between processes. So the code that is
judged could reach its judge. Three things stand against it: each function has a process
of its own (where processes fork), results count only with a secret that is never
printed, and after each function the judge must still tell a known right answer from a
known wrong one.
"""

import functools
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from aigc_course.checks.attempt import first_line, why_stopped
from aigc_course.checks.exercise import Exercise
from aigc_course.grading.confine import Watch, confine, lift_memory_limit, limit_memory
from aigc_course.grading.extract import Extract, Missing, extract, load
from aigc_course.grading.limits import Limits
from aigc_course.grading.needs import AsksTheChecker

_LONGEST = 1500  # characters of a message
_CHANGED = (
    "After this function had run, the checker judged known answers wrongly: the code"
    " changes the checker, torch or NumPy."
)
_NO_MEMORY = ("can't allocate memory", "not enough memory", "bad_alloc")


@dataclass(frozen=True)
class Job:
    """Some exercises of one submission. secret: what makes a result genuine."""

    cells: tuple[str, ...]
    exercises: tuple[str, ...]
    scratch: str
    limits: Limits
    secret: str


@dataclass
class _Recorded:
    """A student's function; remembers what it raised."""

    function: Callable[..., Any]
    raised: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        functools.update_wrapper(self, self.function)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        try:
            return self.function(*arguments, **named)
        except BaseException as error:
            self.raised.append(error)
            raise


def work(connection: Connection, job: Job) -> None:
    """Judge the job's exercises one by one and send what came out, as JSON."""
    from aigc_course.checks import registry
    from aigc_course.grading import preload

    preload.load()  # where it was not forked
    exercises = [registry.get(id) for id in job.exercises]
    watch = confine(Path(job.scratch), job.limits, connection.fileno())
    connection.send_bytes(b"ready")
    for exercise in exercises:
        found = {**_judged(exercise, job, watch), "exercise": exercise.id}
        found["message"] = found["message"][:_LONGEST]
        connection.send_bytes(json.dumps({**found, "secret": job.secret}).encode())
    os._exit(0)  # nothing that the student registered runs at the end


def _judged(exercise: Exercise, job: Job, watch: Watch) -> dict[str, Any]:
    from aigc_course.checks import registry
    from aigc_course.checks.judge import judge

    everything = registry.exercises(exercise.chapter)
    others = {e.function: e.reference for e in everything if e is not exercise}
    right, wrong = exercise.reference, exercise.misconceptions[0]
    start = time.perf_counter()
    limit_memory(job.limits)
    watch.armed, watch.tried = True, ""
    found = _attempt(exercise, job, others)
    seconds = time.perf_counter() - start
    watch.armed = False
    lift_memory_limit()
    if watch.tried:
        found = _result("forbidden", watch.tried)
    elif not (
        judge(exercise, right).passed
        and judge(exercise, wrong.wrong).misconception == wrong.name
    ):
        found = _result("changed the checker", _CHANGED)
    return {**found, "seconds": round(seconds, 3)}


def _attempt(exercise: Exercise, job: Job, others: dict[str, Any]) -> dict[str, Any]:
    """Take the function out, build it and judge it; never raises."""
    from aigc_course.checks.guard import TooMuchOutput

    try:
        one = extract(exercise.function, job.cells, others)
        return _verdict(exercise, one, job, others)
    except Missing as error:
        return _result("error" if error.broken else "missing", str(error))
    except AsksTheChecker:
        return _result("forbidden", "It asks `aigc_course.checks` for the answer.")
    except TooMuchOutput as error:
        return _result("output limit", f"It printed {error}.")
    except MemoryError:
        return _result("memory limit", _memory(job.limits))
    except SystemExit:
        return _result("ended itself", "It ends the program where it is defined.")
    except SyntaxError as error:
        return _result("error", f"The function cannot be read: {first_line(error)}.")
    except BaseException as error:  # whatever the notebook's statements may raise
        return _result("error", why_stopped(error))


def _verdict(
    exercise: Exercise, one: Extract, job: Job, others: dict[str, Any]
) -> dict[str, Any]:
    from aigc_course.checks.judge import judge

    function = load(one, job.cells, others)
    watched = _Recorded(function) if callable(function) else function
    verdict = judge(exercise, watched, most_output=job.limits.output)
    status, message = verdict.status, verdict.message
    raised = getattr(watched, "raised", [])
    if not verdict.passed and any(isinstance(e, SystemExit) for e in raised):
        return _result("ended itself", message)
    if not verdict.passed and any(map(_is_memory, raised)):
        return _result("memory limit", _memory(job.limits))
    notes = one.notes + [_left_out(name) for name in one.left_out * verdict.failed]
    if status in ("passed", "not attempted"):
        message = ""  # what it says there is advice for the student
    return _result(status, " ".join([message, *notes]), verdict.misconception)


def _result(status: str, message: str, misconception: str = "") -> dict[str, Any]:
    text = " ".join(message.split())
    return {"status": status, "message": text, "misconception": misconception}


def _is_memory(error: BaseException) -> bool:
    said = str(error)
    return isinstance(error, MemoryError) or any(text in said for text in _NO_MEMORY)


def _memory(limits: Limits) -> str:
    return f"It asked for more than {limits.memory:,} MiB of memory."


def _left_out(name: str) -> str:
    return (
        f"`{name}` is a result of the notebook, which is not run here: pass it as an"
        " argument."
    )
