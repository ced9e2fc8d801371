"""The server's end of a connection against clients that do all they must not."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection

import pytest
import torch

from aigc_course.federated import line, wire
from aigc_course.federated.wire import Message

KEY = b"k" * 32
Behaviour = Callable[[Connection], None]


class Server:
    """A door, and the lines that came in through it."""

    def __init__(self) -> None:
        self.lines: dict[str, line.Line] = {}
        self.come = threading.Semaphore(0)
        self.door = line.Door(KEY, self.enter)
        self.threads: list[threading.Thread] = []

    def enter(self, one: line.Line, hello: Message) -> None:
        self.lines[hello.words["name"]] = one
        self.come.release()

    def client(self, name: str, behave: Behaviour) -> None:
        """A client in a thread: says hello, then does what it is told here."""

        def run() -> None:
            with Client((line.HERE, self.door.port), authkey=KEY) as end:
                end.send_bytes(Message("hello", {"name": name}).pack())
                with contextlib.suppress(OSError, EOFError):
                    behave(end)

        self.threads.append(threading.Thread(target=run, daemon=True))
        self.threads[-1].start()
        assert self.come.acquire(timeout=30)

    def ask(self, patience: float = 30.0) -> tuple[dict[str, Message], dict[str, str]]:
        told = Message("train", {}, {"w": torch.zeros(1000)}).pack()
        return line.exchange(self.lines, dict.fromkeys(self.lines, told), patience)

    def close(self) -> None:
        for one in self.lines.values():
            one.close()
        self.door.close()
        for thread in self.threads:
            thread.join(10)


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.close()


def honest(end: Connection) -> None:
    asked = wire.unpack(end.recv_bytes())
    end.send_bytes(Message("update", {}, {"w": asked.tensors["w"] + 1}).pack())


def silent(end: Connection) -> None:
    end.recv_bytes()
    end.recv_bytes()  # until it is cut


def deaf(end: Connection) -> None:
    time.sleep(3)


def dripping(end: Connection) -> None:
    """A byte now and then, so that a time limit on each read would never strike."""
    end.recv_bytes()
    with socket.socket(fileno=socket.dup(end.fileno())) as raw:
        raw.sendall(struct.pack("!i", 1000))
        for _ in range(200):
            raw.sendall(b"x")
            time.sleep(0.02)


def gone(end: Connection) -> None:
    end.recv_bytes()


def garbage(end: Connection) -> None:
    end.recv_bytes()
    end.send_bytes(b"\x00" * 100)


def huge(end: Connection) -> None:
    """Only the length is sent: nobody would want to wait for the rest."""
    end.recv_bytes()
    with socket.socket(fileno=socket.dup(end.fileno())) as raw:
        raw.sendall(struct.pack("!i", -1) + struct.pack("!Q", 2**40))
        end.recv_bytes()


def half(end: Connection) -> None:
    end.recv_bytes()
    with socket.socket(fileno=socket.dup(end.fileno())) as raw:
        raw.sendall(struct.pack("!i", 1000) + b"x" * 10)


@pytest.mark.parametrize(
    "behave, words",
    [
        (gone, "ended before it answered"),
        (garbage, "not a message in safetensors"),
        (huge, "more than 64 MiB"),
        (half, "ended before it answered"),
    ],
)
def test_a_bad_client_is_a_sentence_and_the_others_are_heard(
    server: Server, behave: Behaviour, words: str
) -> None:
    server.client("good", honest)
    server.client("bad", behave)
    server.client("other", honest)
    answers, failed = server.ask()
    assert set(answers) == {"good", "other"} and set(failed) == {"bad"}
    assert words in failed["bad"] and failed["bad"].count(".") == 1
    assert float(answers["good"].tensors["w"][0]) == 1


@pytest.mark.parametrize("behave", [silent, dripping])
def test_nobody_can_make_the_server_wait(server: Server, behave: Behaviour) -> None:
    server.client("slow", behave)
    start = time.monotonic()
    answers, failed = server.ask(patience=0.3)
    assert not answers and "within 0.3 seconds" in failed["slow"]
    assert time.monotonic() - start < 3.5


def test_one_that_does_not_read_is_cut_too(server: Server) -> None:
    server.client("deaf", deaf)
    told = {"deaf": bytes(2**25)}  # more than the buffers between the two hold
    start = time.monotonic()
    _, failed = line.exchange(server.lines, told, 0.3)
    assert "within 0.3 seconds" in failed["deaf"]
    assert time.monotonic() - start < 3


def test_a_stranger_is_not_let_in(server: Server) -> None:
    with pytest.raises((AuthenticationError, EOFError, OSError)):
        Client((line.HERE, server.door.port), authkey=b"guessed")
    server.client("good", honest)  # the door is open as before
    assert server.door.turned_away == 1 and set(server.lines) == {"good"}


def test_one_that_only_connects_holds_nobody_up(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "GREETING", 0.3)
    with socket.create_connection((line.HERE, server.door.port)) as raw:
        server.client("good", honest)
        raw.settimeout(10)
        while raw.recv(1000):  # the challenge, then the end
            pass
    end = time.monotonic() + 10
    while not server.door.turned_away and time.monotonic() < end:
        time.sleep(0.01)
    assert server.door.turned_away == 1


def test_the_door_listens_on_this_machine_alone(server: Server) -> None:
    assert server.door._listener.address[0] == "127.0.0.1"


def test_a_closed_door_lets_nobody_in(server: Server) -> None:
    server.door.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((line.HERE, server.door.port), 1).close()
