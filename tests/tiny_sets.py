"""A stand-in for MNIST that fits in a few kilobytes, and servers that misbehave."""

import gzip
import hashlib
import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseRequestHandler, BaseServer, ThreadingTCPServer
from typing import Any

import pytest

from aigc_course.data.catalogue import MNIST, IdxFile, IdxSet

SHAPES = [(40, 28, 28), (40,), (20, 28, 28), (20,)]
FILES = [replace(f, shape=s) for f, s in zip(MNIST.files, SHAPES, strict=True)]


def content(file: IdxFile) -> bytes:
    """Header and random pixels or labels, the same in every call."""
    chance = random.Random(file.length)
    top = 256 if len(file.shape) == 3 else 10
    count = file.length - len(file.header)
    return file.header + bytes(chance.choices(range(top), k=count))


def pack(plain: bytes) -> bytes:
    return gzip.compress(plain, mtime=0)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def tiny_set(plain_hashes: bool = True) -> IdxSet:
    """The catalogue's entry for the stand-in; perhaps, as KMNIST, for archives only."""
    files = []
    for file in FILES:
        plain = content(file)
        archive = pack(plain)
        known = sha256(plain) if plain_hashes else None
        files.append(
            IdxFile(file.name, file.shape, len(archive), sha256(archive), known)
        )
    return IdxSet("MNIST", MNIST.classes, tuple(files))


def archives() -> dict[str, bytes]:
    """What a good mirror serves: name.gz to bytes."""
    return {f"{file.name}.gz": pack(content(file)) for file in FILES}


def write(root: Path, packed: bool = False) -> Path:
    """Lay the stand-in out under `root` as torchvision does; returns the raw folder."""
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    plain = {file.name: content(file) for file in FILES}
    for name, data in (archives() if packed else plain).items():
        (raw / name).write_bytes(data)
    return raw


@contextmanager
def mirror(answer: Callable[[str], bytes | None]) -> Iterator[tuple[str, list[str]]]:
    """An HTTP server on 127.0.0.1: its address and the names it was asked for.

    `answer` gives the body for a file name; None stands for status 404.
    """
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path.rsplit("/", 1)[-1])
            body = answer(asked[-1])
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: Any) -> None:
            pass

    with _serving(ThreadingHTTPServer, Handler) as address:
        yield address, asked


@contextmanager
def stalling_server(answer: bytes = b"", pause: float = 0.02) -> Iterator[str]:
    """A server that sends `answer` byte by byte, then nothing, and never hangs up."""
    over = threading.Event()

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            for byte in answer:
                self.request.send(bytes([byte]))
                if over.wait(pause):
                    return
            over.wait()

    with _serving(ThreadingTCPServer, Handler) as address:
        try:
            yield address
        finally:
            over.set()


@contextmanager
def curt_server(answer: bytes) -> Iterator[str]:
    """A server that sends `answer`, whole or not by HTTP's rules, and hangs up."""

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(4096)  # an unread request would reset the connection
            self.request.sendall(answer)

    with _serving(ThreadingTCPServer, Handler) as address:
        yield address


@contextmanager
def _serving(kind: Any, handler: Any) -> Iterator[str]:
    _skip_without_loopback()
    with kind(("127.0.0.1", 0), handler) as server:
        server.handle_error = lambda *_: None  # a guest that leaves early is no error
        thread = threading.Thread(target=BaseServer.serve_forever, args=(server, 0.02))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


def _skip_without_loopback() -> None:
    try:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            socket.create_connection(probe.getsockname(), timeout=1).close()
    except Exception as error:  # sockets can be blocked in many ways
        pytest.skip(f"no loopback network here: {error}")
