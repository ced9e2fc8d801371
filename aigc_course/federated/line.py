"""The server's end of a connection: nothing on it can make the server wait for ever."""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable
from multiprocessing import AuthenticationError
from multiprocessing.connection import (
    Connection,
    Listener,
    answer_challenge,
    deliver_challenge,
)
from typing import Any

from aigc_course.errors import CourseError
from aigc_course.federated import wire
from aigc_course.federated.wire import Message

HERE = "127.0.0.1"
GREETING = 20.0  # seconds in which somebody who connects proves to hold the key


class Line:
    """One authenticated connection. `cut` ends it, whatever a thread does on it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        # a second handle: closing the first does not wake a thread that reads from it
        self._socket = socket.socket(fileno=os.dup(connection.fileno()))

    def tell(self, message: bytes) -> None:
        """Send. Raises OSError when the other end is gone."""
        self._connection.send_bytes(message)

    def hear(self) -> Message:
        """Receive. Raises CourseError, without a subject, for what is no message."""
        try:
            content = self._connection.recv_bytes(wire.MOST)
        except EOFError as error:
            raise CourseError("ended before it answered.") from error
        except OSError as error:
            if error.args == ("bad message length",):
                raise CourseError(
                    f"sent more than {wire.MOST >> 20} MiB; nothing of it was read."
                ) from error
            raise CourseError("ended before it answered.") from error
        return wire.unpack(content)

    def greet(self, key: bytes) -> Message:
        """Prove the key to each other by HMAC, hear who it is.

        Raises CourseError for somebody without the key, or too slow with it.
        """
        timer = threading.Timer(GREETING, self.cut)
        timer.daemon = True
        timer.start()
        try:
            deliver_challenge(self._connection, key)
            answer_challenge(self._connection, key)
            return self.hear()
        except (AuthenticationError, EOFError, OSError) as error:
            raise CourseError(
                "did not prove that it holds the key, and was not let in."
            ) from error
        finally:
            timer.cancel()

    def cut(self) -> None:
        """End the connection; threads that wait on it get an error."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the connection and give its handles back."""
        self.cut()
        self._connection.close()
        self._socket.close()


class Door:
    """Listens on this machine alone and greets everybody in a thread of its own."""

    def __init__(self, key: bytes, enter: Callable[[Line, Message], None]) -> None:
        """enter: called with each line that proved the key, and its first message."""
        self._key, self._enter = key, enter
        self._listener = Listener((HERE, 0), "AF_INET", backlog=16)
        address: Any = self._listener.address
        self.port: int = address[1]
        self.turned_away = 0
        self._open = True
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let nobody in any more."""
        self._open = False
        with contextlib.suppress(OSError):  # wakes the thread that waits for somebody
            socket.create_connection((HERE, self.port), 1).close()
        self._thread.join(5.0)
        self._listener.close()

    def _listen(self) -> None:
        while self._open:
            try:
                connection = self._listener.accept()
            except OSError:
                return
            if not self._open:
                connection.close()
                return
            greeting = threading.Thread(
                target=self._greet, args=(connection,), daemon=True
            )
            greeting.start()

    def _greet(self, connection: Connection) -> None:
        line = Line(connection)
        try:
            self._enter(line, line.greet(self._key))
        except CourseError:
            self.turned_away += 1
            line.close()


def exchange(
    lines: dict[str, Line], messages: dict[str, bytes], patience: float
) -> tuple[dict[str, Message], dict[str, str]]:
    """Tell each of `lines` its message and hear the answers, all at the same time.

    Returns answers and, for the others, sentences without a subject. A line without an
    answer after `patience` seconds is cut; so is one that sent no message. Nobody waits
    longer, also not for one that sends a byte now and then.
    """
    answers: dict[str, Message] = {}
    failed: dict[str, str] = {}

    def one(name: str, line: Line) -> None:
        try:
            line.tell(messages[name])
            answers[name] = line.hear()
        except CourseError as error:
            failed[name] = str(error)
        except OSError:
            failed[name] = "ended before the round began."

    threads = {
        name: threading.Thread(target=one, args=(name, line), daemon=True)
        for name, line in lines.items()
    }
    for thread in threads.values():
        thread.start()
    end, late = time.monotonic() + patience, {}
    for name, thread in threads.items():
        thread.join(max(0.0, end - time.monotonic()))
        if thread.is_alive():
            late[name] = f"sent no whole answer within {patience:g} seconds."
            lines[name].cut()
            thread.join(5.0)
    failed |= late  # also where the cut was heard as an end
    answers = {name: found for name, found in answers.items() if name not in failed}
    for name in failed:
        lines[name].cut()
    return answers, failed
