"""A line to a process that may lie, stay silent, or leave others at its end.

Messages come and go as in `multiprocessing.Connection`, but nothing here waits without
a clock, and the end of the process counts, not the end of the pipe: a process that it
started may hold the pipe open for ever.
"""

import json
import os
import struct
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

_HEAD = struct.Struct("!i")
_TEXT = struct.Struct("!I")
_CHUNK = 2**16
_GLANCE = 0.2  # seconds between two looks at what the process does meanwhile
POSIX = os.name == "posix"


class Garbled(Exception):
    """The bytes are no message."""


class Late(Exception):
    """No whole message came in time."""


class Flood(Exception):
    """A message is longer than any that is expected."""


class Stopped(Exception):
    """What was seen meanwhile ends the wait; the message says what."""


class Line:
    """This end of a connection with a process. most: bytes of a message."""

    def __init__(self, process: BaseProcess, connection: Connection, most: int) -> None:
        self.process, self.connection, self.most = process, connection, most
        self.waiting = bytearray()
        self.sentinels = [process.sentinel]
        if POSIX:
            os.set_blocking(connection.fileno(), False)

    def read(self, until: float, glance: Callable[[], str] = str) -> bytes | None:
        """The next message; None when the process has ended and said no more.

        until: by `time.monotonic`. glance: looked at now and then; what it says ends
        the wait. Raises Late, Flood, Stopped.
        """
        while True:
            if (message := self._whole()) is not None:
                return message
            left = until - time.monotonic()
            if left <= 0:
                raise Late
            ready = wait([self.connection, *self.sentinels], min(left, _GLANCE))
            if self.connection in ready and self._fetch():
                continue
            if self.connection in ready or self.process.exitcode is not None:
                self._fetch()
                return self._whole()
            if len(ready) == len(self.sentinels) == 1:
                # a confined process that was not forked closes it with its other files
                self.sentinels = []
            if said := glance():
                raise Stopped(said)

    def write(self, message: bytes, until: float) -> None:
        """Send a message. Raises Late where nobody takes it, OSError at its end."""
        if not POSIX:
            self.connection.send_bytes(message)
            return
        rest = memoryview(_HEAD.pack(len(message)) + message)
        while rest:
            try:
                rest = rest[os.write(self.connection.fileno(), rest) :]
            except BlockingIOError:
                if time.monotonic() > until:
                    raise Late from None
                time.sleep(0.005)

    def _whole(self) -> bytes | None:
        if len(self.waiting) < _HEAD.size:
            return None
        (length,) = _HEAD.unpack_from(self.waiting)
        if not 0 <= length <= self.most:
            raise Flood
        end = _HEAD.size + length
        if len(self.waiting) < end:
            return None
        message = bytes(memoryview(self.waiting)[_HEAD.size : end])
        del self.waiting[:end]
        return message

    def _fetch(self) -> bool:
        """Take what has come; False at the end of the pipe."""
        if not POSIX:
            return self._fetch_whole()
        try:
            part = os.read(self.connection.fileno(), _CHUNK * 16)
        except BlockingIOError:
            return False
        except OSError:
            return False
        self.waiting += part
        return bool(part)

    def _fetch_whole(self) -> bool:
        """Windows' pipes keep messages whole."""
        try:
            if not self.connection.poll():
                return False
            part = self.connection.recv_bytes(self.most)
        except (EOFError, OSError):
            return False
        self.waiting += _HEAD.pack(len(part)) + part
        return True


def framed(head: dict[str, Any], body: bytes = b"") -> bytes:
    """A message: a head of text and numbers, and a body."""
    text = json.dumps(head).encode()
    return _TEXT.pack(len(text)) + text + body


def unframed(message: bytes) -> tuple[dict[str, Any], bytes]:
    """Head and body again. Raises Garbled."""
    try:
        (length,) = _TEXT.unpack_from(message)
        head = json.loads(message[_TEXT.size : _TEXT.size + length])
    except (struct.error, ValueError, RecursionError) as error:
        raise Garbled(str(error)) from error
    if not isinstance(head, dict):
        raise Garbled("no head")
    return head, message[_TEXT.size + length :]
