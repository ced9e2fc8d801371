"""Judges a learner's file in a process of its own, so that it can harm nothing.

The process is confined as a grader's is, and stopped where it does not end.
"""

import ast
import contextlib
import multiprocessing
import os
import signal
import tempfile
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from aigc_course.clinic.handout import Answer
from aigc_course.errors import CourseError
from aigc_course.grading.limits import Limits

START = 180.0  # seconds for Python, torch and the patient
LOAD = 5.0  # for the file's own lines
JUDGE = 25.0  # a test and a repair, and what is done around them
_CHOICE = Limits(seconds=20.0, total=60.0)


def judged(answer: Answer) -> list[dict[str, Any]]:
    """By part ("test", "repair") what was found: part, kind, passed, message, said.

    Raises CourseError where nothing could be judged.
    """
    context: Any = multiprocessing.get_context("spawn")
    mine, its = context.Pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        process = context.Process(
            target=_work, args=(its, answer, scratch), daemon=True
        )
        process.start()
        its.close()
        try:
            if _heard(mine, START) != "ready":
                raise CourseError("The clinic could not start a process to judge in.")
            found = _heard(mine, LOAD + JUDGE + 5)
        finally:
            _end(process)
            mine.close()
    if isinstance(found, str):
        raise CourseError(f"{answer.file} {found}")
    return found


def _heard(connection: Connection, seconds: float) -> Any:
    """What the process says; a clause that says why there is nothing."""
    try:
        if connection.poll(seconds):
            return connection.recv()
    except (EOFError, OSError):
        return "ends its process, as `os._exit` does; let the test return instead."
    return f"had not ended after {seconds:g} s and was stopped."


def _end(process: BaseProcess) -> None:
    with contextlib.suppress(AttributeError, OSError):
        if process.pid and os.getpgid(process.pid) == process.pid:  # it has its own
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join(5)


def _work(connection: Connection, answer: Answer, scratch: str) -> None:
    import torch

    from aigc_course.clinic.handout import find
    from aigc_course.clinic.watch import warm_up
    from aigc_course.grading.confine import confine, limit_memory

    torch.set_num_threads(1)
    try:
        patient = find(answer.whose)
    except CourseError as error:
        connection.send("ready")
        connection.send(f"cannot be judged: {error}")
        os._exit(0)
    warm_up()
    watch = confine(Path(scratch), _CHOICE, connection.fileno())
    connection.send("ready")
    limit_memory(_CHOICE)
    watch.armed = True
    found = _found(patient, answer)
    watch.armed = False
    if watch.tried:
        found = f"is not judged. {watch.tried}"
    connection.send(found)
    os._exit(0)


def _found(patient: Any, answer: Answer) -> Any:
    """Run the file and judge what it defines; a clause where it cannot be run."""
    import linecache

    from aigc_course.checks import guard
    from aigc_course.checks.attempt import why_stopped
    from aigc_course.clinic.watch import TimeIsUp, clock

    lines = answer.text.splitlines(keepends=True)
    linecache.cache["<answer>"] = (len(answer.text), None, lines, "<answer>")
    space: dict[str, Any] = {"__name__": "answer"}
    try:
        with guard.untouched(100_000), clock(LOAD):
            exec(compile(answer.text, "<answer>", "exec"), space)
    except TimeIsUp:
        return f"had not been read after {LOAD:g} s: keep work inside the functions."
    except guard.TooMuchOutput as error:
        return f"prints {error}."
    except (Exception, SystemExit) as error:
        return f"cannot be used. {why_stopped(error).replace('function', 'file')}"
    return list(_verdicts(patient, answer, space))


def _verdicts(patient: Any, answer: Answer, space: dict[str, Any]) -> Any:
    from aigc_course.clinic.judge import judge_test
    from aigc_course.clinic.repair import judge_repair

    if "test" in space:
        yield _row("test", judge_test(patient, space["test"]))
    is_mutant = not hasattr(patient, "behaviour")
    if is_mutant or patient.name not in space or _as_given(patient, answer):
        return
    yield _row("repair", judge_repair(patient, space[patient.name]))


def _as_given(patient: Any, answer: Answer) -> bool:
    """Whether the patient stands in the file as it was handed out."""
    given = ast.dump(ast.parse(patient.code()).body[0])
    return given in map(ast.dump, ast.parse(answer.text).body)


def _row(part: str, verdict: Any) -> dict[str, Any]:
    row = {
        name: getattr(verdict, name) for name in ("kind", "passed", "message", "said")
    }
    return {"part": part, **row}
