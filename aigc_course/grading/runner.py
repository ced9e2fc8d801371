"""Gives each submission its processes, watches the clock, and names how they ended.

Whatever a submission does, it gets its rows, and nobody else waits: every wait has a
clock, every error becomes a row, and what it leaves behind is ended and removed.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from aigc_course.grading import scratch
from aigc_course.grading.child import Job, work
from aigc_course.grading.limits import FORKS, Limits
from aigc_course.grading.line import (
    Flood,
    Garbled,
    Late,
    Line,
    Stopped,
    framed,
    unframed,
)
from aigc_course.grading.rows import STATUSES
from aigc_course.grading.submissions import Submission

PAUSE = 1.0  # seconds before a process is started again
_START = 120.0  # seconds for Python and torch to load where nothing is forked
_READ = 10.0  # to read the notebook's cells, before the first runs
_CELL = 7.0  # for one cell; the process itself stops it sooner
_JUDGE = 120.0  # for the judge's answer
_MOST = 80 * 2**20  # bytes of what a function did
_RESTARTS = 20
_AGAIN = ("error", "missing")  # worth another look at the text of the notebook
_PARTS = ("calls", "stirred", "properties")
_FORGED = "What came back was not written by the checker."


class _Broken(Exception):
    """The grader, not the student, is at its end. The message says where."""


@dataclass(frozen=True)
class Found:
    """What came of one function. seconds: what it took, at most its limit.

    way: "run" where the notebook's cells were run, "picked" where the function was
    taken from the text alone, "" where there was none.
    """

    exercise: str
    status: str
    message: str
    misconception: str = ""
    seconds: float = 0.0
    way: str = ""


@dataclass
class _Work:
    """A submission on its way. end: when its time is over, by time.monotonic."""

    submission: Submission
    ids: Sequence[str]
    limits: Limits
    done: Callable[[Found], object]
    found: dict[str, Found] = field(default_factory=dict)
    code: dict[str, dict[str, str]] = field(default_factory=dict)
    skip: set[int] = field(default_factory=set)
    end: float = float("inf")

    def left(self) -> tuple[str, ...]:
        """The exercises that have no row yet."""
        return tuple(id for id in self.ids if id not in self.found)

    def settle(self, found: Found) -> None:
        """A row for good."""
        self.found[found.exercise] = found
        self.done(found)

    def give_up(self, status: str, message: str) -> None:
        """The same row for all that is left."""
        for id in self.left():
            self.settle(Found(id, status, message))


class Runner:
    """Runs submissions in processes of their own.

    jobs: how many at once. fork: processes are forked from one that has torch loaded;
    else each begins anew. reading: what their code may read, None for all; hidden: what
    it must not.
    """

    def __init__(
        self,
        limits: Limits,
        jobs: int,
        *,
        fork: bool = FORKS,
        reading: Sequence[Path] | None = None,
        hidden: Sequence[Path] = (),
    ) -> None:
        self.limits, self.jobs, self.fork = limits, jobs, fork
        self.reading = None if reading is None else tuple(map(str, reading))
        self.hidden = tuple(map(str, hidden))
        self.context: Any = multiprocessing.get_context(
            "forkserver" if fork else "spawn"
        )
        if fork:
            self.context.set_forkserver_preload(["aigc_course.grading.preload"])
        self.stopping = threading.Event()
        self.judges: list[_Judge] = []
        self.own = threading.local()

    def warm_up(self) -> None:
        """Begin to load torch in the process that the others are forked from."""
        if self.fork:
            from multiprocessing import forkserver

            forkserver.ensure_running()

    def run(
        self,
        work: Sequence[tuple[Submission, Sequence[str]]],
        done: Callable[[Found], object],
        ended: Callable[[int, list[Found]], object] = lambda *_: None,
    ) -> list[list[Found]]:
        """What came of the exercises of each submission, in their order.

        done: called with each result, ended with the number and the results of each
        submission; both from several threads.
        """

        def one(number: int) -> list[Found]:
            found = self._submission(*work[number], done)
            if not self.stopping.is_set():
                ended(number, found)
            return found

        pool = ThreadPoolExecutor(self.jobs)
        try:
            return list(pool.map(one, range(len(work))))
        except BaseException:
            self.stopping.set()
            for process in multiprocessing.active_children():
                process.kill()
            raise
        finally:
            pool.shutdown(cancel_futures=True)
            for judge in self.judges:
                judge.end()

    def _submission(
        self,
        submission: Submission,
        ids: Sequence[str],
        done: Callable[[Found], object],
    ) -> list[Found]:
        state = _Work(submission, ids, self.limits, done)
        try:
            for _ in range(_RESTARTS):
                if not state.left() or self.stopping.is_set():
                    break
                self._sit(state)
            state.give_up("not graded", "Its process ended too often.")
        except Exception as error:  # whatever it is: the others go on
            said = str(error) if isinstance(error, _Broken) else repr(error)[:200]
            state.give_up("not graded", f"The grader could not go on with it: {said}.")
        return [state.found[id] for id in ids]

    def _sit(self, state: _Work) -> None:
        """One process: until all is settled, or something ends it."""
        if time.monotonic() > state.end:
            state.give_up("time limit", _no_time_left(self.limits))
            return
        judge = self._judge()
        kinds = judge.kinds(state.left()[0].partition(".")[0])
        for id in kinds.keys() - set(state.ids):  # nobody asks: the course's function
            if id not in state.code:
                state.code[id] = judge.ask(ask="code", exercise=id)[0]["code"]
        folder = scratch.make()
        try:
            job = Job(
                cells=state.submission.cells,
                chapter=state.left()[0].partition(".")[0],
                asked=state.left(),
                scratch=str(folder),
                limits=self.limits,
                kinds=kinds,
                settled={
                    id: (id not in state.code, state.code.get(id, {}))
                    for id in {**state.found, **state.code}
                },
                skip=frozenset(state.skip),
                reading=self.reading,
                hidden=self.hidden,
            )
            process, connection = self._started(work, job)
            try:
                line = Line(process, connection, _MOST)
                _Sitting(self, state, line, judge, folder).follow()
            finally:
                _end(process)
                connection.close()
        finally:
            scratch.remove(folder)

    def _judge(self) -> "_Judge":
        """The judge of this thread."""
        if not hasattr(self.own, "judge"):
            self.own.judge = _Judge(self)
            self.judges.append(self.own.judge)
        judge: _Judge = self.own.judge
        return judge

    def _started(
        self, target: Callable[..., None], *given: Any, tries: int = 3
    ) -> tuple[BaseProcess, Connection]:
        mine, its = self.context.Pipe(duplex=True)
        process = self.context.Process(target=target, args=(its, *given), daemon=True)
        try:
            process.start()
        except (OSError, EOFError):  # the process that forks is gone: the next start
            mine.close()  # makes another
            if tries == 1:
                raise
            time.sleep(PAUSE)
            return self._started(target, *given, tries=tries - 1)
        finally:
            its.close()
        return process, mine


class _Judge:
    """A process with the answers; begun anew when it has come to its end."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.line: Line | None = None
        self.folder: Path | None = None
        self.known: dict[str, dict[str, bytes]] = {}

    def ask(self, body: bytes = b"", **head: Any) -> tuple[dict[str, Any], bytes]:
        """The judge's answer. Raises _Broken when there is none, even at a second try.

        A part of a record is asked about once: an answer to its first part is lost with
        the process.
        """
        try:
            line = self._begun()
            until = time.monotonic() + _JUDGE
            line.write(framed(head, body), until)
            said = line.read(until)
        except (Late, Flood, OSError):
            said = None
        if said is None:
            self.end()
            raise _Broken("the judge gave no answer")
        told, rest = unframed(said)
        if "failed" in told:
            raise _Broken(f"the judge could not compare it ({told['failed']})")
        return told, rest

    def kinds(self, chapter: str) -> dict[str, bytes]:
        """By id the kinds of results that the chapter's exercises expect."""
        if chapter not in self.known:
            head, body = self.ask(ask="kinds", chapter=chapter)
            place, parts = 0, {}
            for id, size in head["sizes"].items():
                parts[id] = body[place : place + size]
                place += size
            self.known[chapter] = parts
        return self.known[chapter]

    def end(self) -> None:
        """End the process, if there is one."""
        if self.line is not None:
            _end(self.line.process)
            self.line.connection.close()
        if self.folder is not None:
            scratch.remove(self.folder)
        self.line = self.folder = None

    def _begun(self) -> Line:
        if self.line is None:
            from aigc_course.grading.bench import work as judging

            self.folder = scratch.make()
            process, connection = self.runner._started(judging, str(self.folder))
            self.line = Line(process, connection, _MOST)
        return self.line


class _Sitting:
    """One process of a submission, from the parent's side."""

    def __init__(
        self, runner: Runner, state: _Work, line: Line, judge: _Judge, folder: Path
    ) -> None:
        self.runner, self.state, self.line, self.judge = runner, state, line, judge
        self.folder, self.quota = folder, scratch.quota_for(folder)
        self.phase: tuple[str, Any] = ("start", None)
        self.until = time.monotonic() + _START
        self.way, self.notes, self.part = "", [""], "calls"
        self.spent = self.begun = 0.0
        self.first: Found | None = None

    def follow(self) -> None:
        """Hear what the process says until its end, and name that end."""
        try:
            while True:
                said = self.line.read(min(self.until, self.state.end), self._glance)
                if said is None:
                    return self._ended()
                if not self._heard(*unframed(said)):
                    return None
        except Late:
            self._late()
        except Stopped as stopped:
            if not self.runner.stopping.is_set():
                self._stop("disk limit", f"It left {stopped} in its folder.")
        except (Flood, Garbled, _Forged, ValueError, TypeError):
            self._stop("changed the checker", _FORGED)
        except OSError:  # it is gone while it is told something
            self._ended()

    def _heard(self, head: dict[str, Any], body: bytes) -> bool:
        """Act on a message; whether there is more to come. Raises _Forged."""
        said, now = head.get("say"), time.monotonic()
        if said == "ready" and self.phase[0] == "start":
            self.state.end = min(self.state.end, now + self.state.limits.total)
            self.phase, self.until = ("reading", None), now + _READ
        elif said == "cell" and self.phase[0] in ("reading", "cell"):
            self.phase, self.until = ("cell", int(head["number"])), now + _CELL
        elif said == "judging" and self.phase[0] in ("reading", "cell"):
            self._judging(head)
        elif said in ("result", "part") and self.phase[0] == "judging":
            self._came(str(said), head, body)
        elif said == "broken":
            raise _Broken(str(head.get("why"))[:300])
        elif said == "end" and self.phase[0] in ("reading", "cell"):
            return False
        else:
            raise _Forged
        return bool(self.state.left())

    def _judging(self, head: dict[str, Any]) -> None:
        id = head.get("exercise")
        if id not in self.state.left():
            raise _Forged
        self.phase = ("judging", id)
        self.way = "run" if head.get("way") == "run" else "picked"
        self.notes = [str(note)[:500] for note in head.get("notes", ())]
        self.part, self.spent, self.begun = "calls", 0.0, time.monotonic()
        self.until = self.begun + self.state.limits.seconds

    def _came(self, said: str, head: dict[str, Any], body: bytes) -> None:
        """A function has done what was asked, or got no further."""
        id = self.phase[1]
        self.spent += time.monotonic() - self.begun
        if said == "part":
            if head.get("part") != self.part:
                raise _Forged
            told, _ = self.judge.ask(
                body, ask="judge", exercise=id, part=self.part, seconds=self.spent
            )
            if need := told.get("need"):
                self.part = need
                self._reply({"need": need})
                return
        else:
            told = {"status": head.get("status"), "message": head.get("message", "")}
            if told["status"] not in STATUSES - {"passed", "misconception"}:
                raise _Forged
        self._final(self._row(id, told, head.get("more", ())))

    def _row(self, id: str, told: dict[str, Any], more: Sequence[Any]) -> Found:
        status = told["status"]
        message = told.get("message", "")
        if status == "changed the checker":
            message = _FORGED
        failed = status in ("misconception", "wrong", "error")
        notes = [*self.notes, *([str(m)[:500] for m in more[:4]] if failed else [])]
        text = " ".join(" ".join([str(message)[:1500], *notes]).split())
        kind = told.get("misconception", "")
        return Found(id, status, text, kind, self.spent, self.way)

    def _final(self, found: Found) -> None:
        if self.way == "run" and found.status in _AGAIN:
            self.first = found
            self.phase = ("cell", None)
            self._reply({"again": True})
            return
        first, self.first = self.first, None
        if first is not None and found.status in _AGAIN:
            found = first
        self._settle(found)
        code = self.state.code.get(found.exercise, {})
        self._reply({"status": found.status, "code": code})

    def _settle(self, found: Found) -> None:
        self.phase = ("cell", None)
        if found.status != "passed":
            told, _ = self.judge.ask(ask="code", exercise=found.exercise)
            self.state.code[found.exercise] = told["code"]
        self.state.settle(found)

    def _reply(self, head: dict[str, Any]) -> None:
        self.begun = time.monotonic()
        if self.phase[0] == "judging":
            self.until = self.begun + self.state.limits.seconds - self.spent
        else:
            self.until = self.begun + _CELL
        self.line.write(framed(head), self.begun + _CELL)

    def _glance(self) -> str:
        if self.runner.stopping.is_set():
            return "no time"
        return scratch.excess(self.folder, self.quota)

    def _late(self) -> None:
        if self.phase[0] == "start":
            if time.monotonic() < self.state.end:
                raise _Broken(f"Python and torch did not start in {_START:g} s")
            return  # the submission's time ended first: `_sit` says so
        seconds = self.spent + time.monotonic() - self.begun
        self._stop(
            "time limit", f"It had not ended after {seconds:.2g} s and was stopped."
        )

    def _ended(self) -> None:
        """The process is gone, and has not said that it is done."""
        self.line.process.join(5)
        code = self.line.process.exitcode
        if self.phase[0] == "start":
            raise _Broken(f"its process ended before it began (exit code {code})")
        if code is None or code >= 0:
            how = f"It ended the process itself (exit code {code}), as `os._exit` does."
        else:
            how = f"The process was ended by {_signal(-code)}."
        self._stop("ended itself", how)

    def _stop(self, status: str, message: str) -> None:
        """A row for the function that ran, or one cell less for the next try."""
        kind, what = self.phase
        if kind == "judging":
            self.spent += time.monotonic() - self.begun
            notes = " ".join([message, *self.notes]).strip()
            found = Found(what, status, notes, "", self.spent, self.way)
            self._settle(self.first or found)
        elif kind == "cell" and what is not None and what not in self.state.skip:
            self.state.skip.add(what)
        elif time.monotonic() < self.state.end:
            self.state.give_up(status, message)


class _Forged(Exception):
    """A message that the grader's own code does not send then."""


def _end(process: BaseProcess) -> None:
    """End a process and all that it may have started."""
    with contextlib.suppress(AttributeError, OSError):
        os.killpg(process.pid or 0, signal.SIGKILL) if process.pid else None
    process.kill()
    process.join(5)
    with contextlib.suppress(ValueError):
        process.close()


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _no_time_left(limits: Limits) -> str:
    return f"Not run: the submission has used its {limits.total:g} s."
