"""The clients as their server sees them: processes, connections, and who is lost."""

import multiprocessing
import secrets
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType
from typing import Any

from aigc_course.errors import CourseError
from aigc_course.federated.client import BAD, STRANGER, main
from aigc_course.federated.job import Job
from aigc_course.federated.line import Door, Line, exchange
from aigc_course.federated.wire import Message

STARTING = 300.0  # seconds in which all processes must have come


@dataclass
class Member:
    """One client: its process, its connection, what it said of itself.

    lost: why it is asked no more, a sentence without its subject; "" while it is asked.
    """

    name: str
    number: int
    home: Path
    process: BaseProcess
    line: Line | None = None
    count: int = 0
    key: int = 0
    lost: str = ""

    def admit(self, hello: Message, expected: int) -> None:
        """Note how many pictures it says it has, and its key, if these make sense."""
        try:
            count, key = int(hello.words["count"]), int(hello.words["key"], 16)
        except (KeyError, TypeError, ValueError):
            count = key = 0
        if hello.kind != "hello" or count != expected or key < 2:
            self.lost = "said wrong things of itself."
        else:
            self.count, self.key = count, key

    def end(self) -> None:
        """Close the connection and end the process, whatever it does."""
        if self.line:
            self.line.close()
        self.process.kill()
        self.process.join()


class Members:
    """Starts processes, lets in those that hold the key, and talks to them.

    behaviours: what a client does wrong, by name, looked at in every round.
    """

    def __init__(self, job: Job, behaviours: dict[str, str]) -> None:
        self.job, self.behaviours = job, behaviours
        self.by_name: dict[str, Member] = {}
        self._context: Any = _context()  # its type does not know Process
        self._key = secrets.token_bytes(32)
        self._arrived = threading.Condition()
        self._waiting: dict[str, tuple[Line, Message]] = {}
        self._door = Door(self._key, self._enter)

    def asked(self) -> dict[str, Member]:
        """Those that are not lost. Raises CourseError where none is left."""
        found = {name: one for name, one in self.by_name.items() if not one.lost}
        if not found:
            raise CourseError("No client is left: call restart() to start them again.")
        return found

    def begin(self, homes: dict[str, Path], counts: dict[str, int]) -> None:
        """Every client begins anew with this home; lost ones are new processes."""
        living = {n: m for n, m in self.by_name.items() if not m.lost}
        words = {n: {"home": str(homes[n])} for n in living}
        told = {n: Message("begin", words[n]).pack() for n in living}
        answers, _ = self._exchange(living, told, STARTING)
        for name, answer in answers.items():
            living[name].admit(answer, counts[name])
        for number, (name, home) in enumerate(homes.items()):
            old = self.by_name.get(name)
            if old and not old.lost and name in answers:
                continue
            if old:
                old.end()
            self.by_name[name] = self._start(number, name, home)
        self._await(counts)

    def ask(
        self, members: dict[str, Member], message: Message, patience: float
    ) -> tuple[dict[str, Message], dict[str, str]]:
        """Say the same to all at once: answers, and sentences about the others.

        Who gives no message in time is lost, and asked no more.
        """
        told = dict.fromkeys(members, message.pack())
        for name in members:
            how = self.behaviours.get(name)
            if how in BAD and message.kind == "train":
                words = {**message.words, "behave": how}
                told[name] = Message("train", words, message.tensors).pack()
        return self._exchange(members, told, patience)

    def close(self) -> None:
        """End all processes."""
        self._door.close()
        for member in self.by_name.values():
            member.end()
        for line, _ in self._waiting.values():
            line.close()
        _end_server()

    def _exchange(
        self, members: dict[str, Member], told: dict[str, bytes], patience: float
    ) -> tuple[dict[str, Message], dict[str, str]]:
        lines = {name: one.line for name, one in members.items() if one.line}
        answers, why = exchange(lines, told, patience)
        for name, said in why.items():
            members[name].lost = said
        return answers, why

    def _start(self, number: int, name: str, home: Path) -> Member:
        """Start a process and tell it what it needs."""
        stranger = self.behaviours.get(name) == "stranger"
        key = secrets.token_bytes(32) if stranger else self._key
        told: dict[str, Any] = {
            "port": self._door.port,
            "key": key.hex(),
            "name": name,
            "number": number,
            "home": str(home),
            "job": self.job.to_dict(),
        }
        process = self._context.Process(target=main, args=(told,), daemon=True)
        with _without_script():
            process.start()
        return Member(name, number, home, process)

    def _enter(self, line: Line, hello: Message) -> None:
        """Called by the door for everybody who proved the key."""
        name = hello.words.get("name")
        if name not in self.by_name:
            raise CourseError("did not say which client it is.")
        with self._arrived:
            self._waiting[name] = (line, hello)
            self._arrived.notify_all()

    def _await(self, counts: dict[str, int]) -> None:
        """Wait until every process has come or ended."""
        end = time.monotonic() + STARTING
        with self._arrived:
            while missing := self._missing(counts):
                if time.monotonic() > end:
                    break
                self._arrived.wait(0.1)
        for member in missing:
            member.lost = f"did not come within {STARTING:g} seconds."
        if all(member.lost for member in self.by_name.values()):
            raise CourseError("None of the clients could be started.")

    def _missing(self, counts: dict[str, int]) -> list[Member]:
        """Let in who has come; who has neither come nor ended yet."""
        for name, (line, hello) in self._waiting.items():
            self.by_name[name].line = line
            self.by_name[name].admit(hello, counts[name])
        self._waiting.clear()
        missing = [m for m in self.by_name.values() if not (m.line or m.lost)]
        for member in missing:
            if (code := member.process.exitcode) is not None:
                member.lost = _reason(code)
        return [member for member in missing if not member.lost]


@contextmanager
def _without_script() -> Iterator[None]:
    """Let new processes not run the caller's script again, as multiprocessing would.

    A script without `if __name__ == "__main__"` would start clients in every client.
    """
    script = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


def _reason(code: int) -> str:
    if code == STRANGER:
        return "did not prove that it holds the key, and was not let in."
    return f"ended before it came (exit code {code})."


def _context() -> BaseContext:
    """Processes forked from one that has imported torch already, where there is fork.

    Five clients then take the time and the memory of one to import it.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    from multiprocessing import forkserver  # not on every system

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["aigc_course.federated.client", "aigc_course.federated.warm"]
    )
    with _without_script():
        forkserver.ensure_running()  # imports while this process goes on
    return context


def _end_server() -> None:
    """End the process that clients are forked from: it holds torch, about 400 MB.

    It stays while any process lives, since it has to tell how that ended. Whoever needs
    it next starts it again. There is no public way; Python's own tests use this one.
    """
    if "forkserver" in multiprocessing.get_all_start_methods():
        from multiprocessing import forkserver  # not on every system

        stop = getattr(forkserver._forkserver, "_stop", None)
        if stop and not multiprocessing.active_children():
            stop()
