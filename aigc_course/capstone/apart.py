"""Judges a submission in a process of its own, so that it can harm nothing else.

The process is confined as a grader's is, and stopped where it does not end.
"""

import contextlib
import json
import multiprocessing
import os
import signal
import tempfile
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from aigc_course.capstone import secret
from aigc_course.capstone.secret import Judge
from aigc_course.errors import CourseError
from aigc_course.grading.limits import Limits

START = 180.0  # seconds for Python and torch
# 60 seconds more are allowed, all of the processor: a busy machine costs nobody points
LIMITS = Limits(seconds=120.0, total=120.0, memory=1_200)
WALL = 480.0  # seconds by the clock


def judged(path: Path, by: Judge) -> dict[str, Any] | str:
    """What a process of its own found: a verdict as a dictionary, or why there is none.

    The process is stopped where it does not end, and so is what it might have started.
    """
    context: Any = multiprocessing.get_context("spawn")
    mine, its = context.Pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        given = its, str(path.resolve()), secret.packed(by), scratch
        process = context.Process(target=_work, args=given, daemon=True)
        process.start()
        its.close()
        try:
            if _heard(mine, START) != "ready":
                raise CourseError("The judge could not start a process to work in.")
            return _heard(mine, WALL)
        finally:
            _end(process)
            mine.close()


def _heard(connection: Connection, seconds: float) -> Any:
    """What the process says; a sentence where there is nothing."""
    try:
        if connection.poll(seconds):
            return json.loads(connection.recv_bytes(2**24))
    except (EOFError, OSError, ValueError):
        return (
            "Judging it ended without an answer: it needs more than the"
            f" {LIMITS.memory:,} MiB or the {LIMITS.total + 60:g} CPU seconds that are"
            " allowed, or its files are damaged."
        )
    return f"Judging it had not ended after {seconds:g} s and was stopped."


def _end(process: BaseProcess) -> None:
    with contextlib.suppress(AttributeError, OSError):
        if process.pid and os.getpgid(process.pid) == process.pid:  # it has its own
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join(5)


def _work(connection: Connection, place: str, packed: bytes, scratch: str) -> None:
    """Judge in this process, which confines itself first."""
    import torch

    from aigc_course.capstone.judge import assess
    from aigc_course.grading.confine import confine, limit_memory

    torch.set_num_threads(1)
    by = secret.unpacked(packed)
    _warm_up(by)
    watch = confine(Path(scratch), LIMITS, connection.fileno())
    connection.send_bytes(json.dumps("ready").encode())
    limit_memory(LIMITS)
    watch.armed = True
    try:
        told: Any = assess(Path(place), by).to_dict()
    except MemoryError:
        told = f"Judging it needs more than {LIMITS.memory:,} MiB of memory."
    except Exception as error:
        told = f"Judging it failed ({type(error).__name__}: {str(error)[:150]})."
    watch.armed = False
    connection.send_bytes(json.dumps(told).encode())
    os._exit(0)


def _warm_up(by: Judge) -> None:
    """Load what is loaded once: modules, digits, and the public extractor."""
    from aigc_course import apps, models, privacy
    from aigc_course.capstone import briefs, submission
    from aigc_course.metrics.reference import reference

    assert apps and models.known() and privacy and briefs and submission
    assert len(by.held) and len(by.others)
    if not by.fast:
        reference("mnist")
        assert by.real
