"""Gives each submission its processes, watches the clock, and names how they ended."""

import json
import multiprocessing
import secrets
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from aigc_course.grading.child import Job, work
from aigc_course.grading.limits import FORKS, Limits
from aigc_course.grading.rows import STATUSES
from aigc_course.grading.submissions import Submission

_START = 120.0  # seconds for Python and torch to load where nothing is forked
PAUSE = 1.0  # seconds before a process is started again
_LONGEST = 100_000  # bytes of a result


@dataclass(frozen=True)
class Found:
    """What came of one function. seconds: what it took, at most its limit."""

    exercise: str
    status: str
    message: str
    misconception: str = ""
    seconds: float = 0.0


class Runner:
    """Runs submissions in processes of their own.

    jobs: how many at once. fork: a process for each function, forked from one that has
    torch loaded; else one for each submission, begun anew after it was stopped.
    """

    def __init__(self, limits: Limits, jobs: int, *, fork: bool = FORKS) -> None:
        self.limits, self.jobs, self.fork = limits, jobs, fork
        self.context: Any = multiprocessing.get_context(
            "forkserver" if fork else "spawn"
        )
        if fork:
            self.context.set_forkserver_preload(["aigc_course.grading.preload"])
        self.stopping = threading.Event()

    def warm_up(self) -> None:
        """Begin to load torch in the process that the others are forked from."""
        if self.fork:
            from multiprocessing import forkserver

            forkserver.ensure_running()

    def run(
        self,
        work: Sequence[tuple[Submission, Sequence[str]]],
        done: Callable[[Found], object],
    ) -> list[list[Found]]:
        """What came of the exercises of each submission, in their order.

        done: called with each result, from several threads.
        """

        def one(given: tuple[Submission, Sequence[str]]) -> list[Found]:
            return self._submission(*given, done)

        pool = ThreadPoolExecutor(self.jobs)
        try:
            return list(pool.map(one, work))
        except BaseException:
            self.stopping.set()
            for process in multiprocessing.active_children():
                process.kill()
            raise
        finally:
            pool.shutdown(cancel_futures=True)

    def _submission(
        self,
        submission: Submission,
        exercises: Sequence[str],
        done: Callable[[Found], object],
    ) -> list[Found]:
        results: list[Found] = []
        while len(results) < len(exercises) and not self.stopping.is_set():
            left = tuple(exercises[len(results) :])
            spent = sum(found.seconds for found in results)
            for found in self._some(submission, left, spent):
                results.append(found)
                done(found)
        return results

    def _some(
        self, submission: Submission, left: tuple[str, ...], spent: float
    ) -> Iterator[Found]:
        """The results of one process, up to and with the one that ended it."""
        rest = self.limits.total - spent
        if rest <= 0:
            yield Found(left[0], "time limit", _no_time_left(self.limits))
            return
        share = left[:1] if self.fork else left
        with tempfile.TemporaryDirectory(
            prefix="aigc-grade-", ignore_cleanup_errors=True
        ) as scratch:
            job = Job(
                submission.cells, share, scratch, self.limits, secrets.token_hex()
            )
            yield from self._in_process(job, rest)

    def _in_process(self, job: Job, rest: float) -> Iterator[Found]:
        process, receiver = self._started(job)
        try:
            yield from self._results(process, receiver, job, rest)
        finally:
            process.kill()
            process.join()
            process.close()
            receiver.close()

    def _started(self, job: Job, tries: int = 3) -> tuple[BaseProcess, Connection]:
        receiver, sender = self.context.Pipe(duplex=False)
        process = self.context.Process(target=work, args=(sender, job), daemon=True)
        try:
            process.start()
        except OSError:  # the process that forks is gone: the next start makes another
            receiver.close()
            if tries == 1:
                raise
            time.sleep(PAUSE)
            return self._started(job, tries - 1)
        finally:
            sender.close()  # so that its end is the end of the pipe
        return process, receiver

    def _results(
        self, process: BaseProcess, receiver: Connection, job: Job, rest: float
    ) -> Iterator[Found]:
        ready, _ = _within(_START, process, receiver)
        for exercise in job.exercises:
            allowed = min(self.limits.seconds, rest)
            start = time.perf_counter()
            said, late = _within(allowed, process, receiver) if ready else (b"", False)
            seconds = time.perf_counter() - start
            rest -= seconds
            if late:
                yield Found(exercise, "time limit", _late(allowed), "", seconds)
                return
            found = _genuine(said, exercise, job.secret)
            if found is None:
                yield _ended(exercise, said, process, seconds)
                return
            yield found


def _within(
    seconds: float, process: BaseProcess, receiver: Connection
) -> tuple[bytes, bool]:
    """The next message, b"" when there is none, and whether time has run out.

    Killing the process ends the wait even when half a message has come.
    """
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    clock = threading.Timer(seconds, stop)
    clock.daemon = True
    clock.start()
    try:
        return receiver.recv_bytes(_LONGEST), False
    except (EOFError, OSError):
        return b"", late.is_set()
    finally:
        clock.cancel()


def _genuine(said: bytes, exercise: str, secret: str) -> Found | None:
    """The result, when the checker wrote it."""
    try:
        told = json.loads(said)
        if not secrets.compare_digest(told.pop("secret"), secret):
            return None
        found = Found(**told)
    except (ValueError, TypeError, AttributeError, KeyError):
        return None
    known = found.exercise == exercise and found.status in STATUSES
    return found if known else None


def _ended(exercise: str, said: bytes, process: BaseProcess, seconds: float) -> Found:
    """Why there is no result."""
    if said:
        text = "What came back was not written by the checker."
        return Found(exercise, "changed the checker", text, "", seconds)
    process.join(5)
    code = process.exitcode
    if code is None or code >= 0:
        text = f"It ended the process itself (exit code {code}), as `os._exit` does."
        return Found(exercise, "ended itself", text, "", seconds)
    text = f"The process was ended by {_signal(-code)}."
    return Found(exercise, "ended itself", text, "", seconds)


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _late(seconds: float) -> str:
    return f"It had not ended after {seconds:.2g} s and was stopped."


def _no_time_left(limits: Limits) -> str:
    return f"Not run: the submission has used its {limits.total:g} s."
