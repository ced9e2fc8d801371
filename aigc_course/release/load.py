"""How a server bears load: what `aigc load` does.

An open loop sends at times that are set beforehand, as strangers do who do not know of
each other. A closed loop has a number of clients that each wait for an answer before
they ask again: a slow server is then asked less often, and its worst times are missed
("coordinated omission", Tene 2013). Here a time counts from when the request was due,
not from when it could be sent, and percentiles are those of all requests.
"""

import asyncio
import json
import random
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from aigc_course.errors import CourseError

HERE = ("127.0.0.1", "localhost", "::1")
MOST_CONNECTIONS = 512
PATIENCE = 10.0  # seconds for the last answers
TICK = 0.0005  # seconds between looks at what is due


@dataclass
class Latencies:
    """What came back: seconds of each answer, by status; what never came back.

    times: status to a list of seconds, from due to answered. lost: sent without an
    answer. refused: no connection was to be had. outstanding: requests in the system,
    looked at every `TICK` seconds. seconds: for which was sent.
    """

    seconds: float
    times: dict[int, list[float]] = field(default_factory=dict)
    outstanding: list[int] = field(default_factory=list)
    sent: int = 0
    lost: int = 0
    refused: int = 0

    @property
    def answered(self) -> int:
        """Requests answered by a picture."""
        return len(self.times.get(200, []))

    @property
    def rate(self) -> float:
        """Pictures' requests answered in a second."""
        return self.answered / self.seconds

    def percentile(self, share: float, status: int = 200) -> float:
        """Milliseconds within which this share (0 to 100) was answered; or NaN."""
        found = self.times.get(status)
        return 1000 * float(np.percentile(found, share)) if found else float("nan")

    def mean(self) -> float:
        """Mean milliseconds of the answers with a picture, NaN without any."""
        found = self.times.get(200)
        return 1000 * float(np.mean(found)) if found else float("nan")

    def littles(self) -> tuple[float, float]:
        """Requests in the system, as counted, and as Little's law gives them.

        L = lambda W (Little 1961), of all answers: their number in a second times
        their mean time in seconds.
        """
        every = [t for times in self.times.values() for t in times]
        seen = float(np.mean(self.outstanding)) if self.outstanding else float("nan")
        return seen, sum(every) / self.seconds

    def sentence(self) -> str:
        """The outcome in words."""
        others = ", ".join(
            f"{len(times):,} by {status}"
            for status, times in sorted(self.times.items())
            if status != 200
        )
        return (
            f"{self.sent:,} requests in {self.seconds:.1f} s: {self.answered:,} drawn"
            f" ({self.rate:,.0f} a second), {others or 'no errors'},"
            f" {self.lost + self.refused:,} without an answer; milliseconds of those"
            f" drawn: median {self.percentile(50):.1f}, 95 % {self.percentile(95):.1f},"
            f" 99 % {self.percentile(99):.1f}, most {self.percentile(100):.1f}."
        )


def open_loop(
    url: str, rate: float, seconds: float, n: int = 1, seed: int = 0, even: bool = False
) -> Latencies:
    """Send `rate` requests a second on average for so long, whatever comes back.

    The gaps are those of a Poisson process (exponential, seeded); even: all equal.
    n: pictures a request. Raises CourseError for an address that is not on this
    machine, and where nothing answers there.
    """
    gaps = random.Random(seed)

    def due() -> Iterator[float]:
        at = 0.0
        while at < seconds:
            yield at
            at += 1 / rate if even else gaps.expovariate(rate)

    return _in_a_thread(_Load(url, n, seconds).open(list(due())))


def closed_loop(url: str, clients: int, seconds: float, n: int = 1) -> Latencies:
    """`clients` that each ask again as soon as they have an answer, for so long.

    A time counts from when it was sent: this is how most tools measure. Raises as
    `open_loop` does.
    """
    return _in_a_thread(_Load(url, n, seconds).closed(clients))


def _in_a_thread(load: Coroutine[Any, Any, Latencies]) -> Latencies:
    """Run a load in a thread of its own: a notebook's has an event loop already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, load).result()


class _Connection(asyncio.Protocol):
    """One connection that is kept open: a request, then its answer."""

    def __init__(self, load: "_Load") -> None:
        self.load, self.buffer, self.due = load, b"", -1.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def ask(self, request: bytes, due: float) -> None:
        self.due = due
        assert self.transport is not None
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, mark, body = self.buffer.partition(b"\r\n\r\n")
        if not mark:
            return
        head = head.lower()
        length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
        if len(body) < length:
            return
        self.buffer = b""
        due, self.due = self.due, -1.0
        closing = b"connection: close" in head
        if closing and self.transport:
            self.transport.close()
        self.load.answered(self, int(head[9:12]), due, closing)

    def connection_lost(self, error: Exception | None) -> None:
        if self.due >= 0:
            self.load.was_lost(self)
        self.due = -1.0


class _Load:
    """Requests under way and what became of them."""

    def __init__(self, url: str, n: int, seconds: float) -> None:
        self.host, self.port = address(url)
        self.found = Latencies(seconds)
        self.n, self.serial = n, 0
        self.idle: list[_Connection] = []
        self.connections = self.under_way = 0
        self.waiting: list[float] = []
        self.again: asyncio.Queue[_Connection] | None = None

    async def open(self, due: list[float]) -> Latencies:
        """Send at the times `due`, seconds from now."""
        await self._connect()
        begin, at = time.perf_counter(), 0
        while at < len(due) or self.waiting:
            now = time.perf_counter() - begin
            if now > self.found.seconds + PATIENCE:
                break
            while at < len(due) and due[at] <= now:
                self.found.sent += 1
                self.waiting.append(begin + due[at])
                at += 1
            await self._send_waiting()
            if at < len(due):  # L is that of the time in which is sent
                self.found.outstanding.append(self.under_way + len(self.waiting))
            await asyncio.sleep(TICK)
        return await self._end()

    async def closed(self, clients: int) -> Latencies:
        """`clients` that ask one after another."""
        self.again = asyncio.Queue()
        for _ in range(clients):
            await self._connect()
        begin = time.perf_counter()
        for connection in self.idle:
            self.again.put_nowait(connection)
        while (left := begin + self.found.seconds - time.perf_counter()) > 0:
            try:
                connection = await asyncio.wait_for(self.again.get(), left)
            except TimeoutError:
                break
            self.found.sent += 1
            self._ask(connection, time.perf_counter())
        return await self._end()

    async def _send_waiting(self) -> None:
        """Send what is due over idle connections, and open more where all are busy."""
        waiting, self.waiting = self.waiting, []
        for number, due in enumerate(waiting):
            while self.idle and self.idle[-1].transport.is_closing():  # type: ignore[union-attr]
                self.idle.pop()
                self.connections -= 1
            if not self.idle and self.connections < MOST_CONNECTIONS:
                try:
                    await self._connect()
                except CourseError:
                    self.found.refused += 1
                    continue
            if not self.idle:
                self.waiting = waiting[number:] + self.waiting
                return
            self._ask(self.idle.pop(), due)

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            made = loop.create_connection(
                lambda: _Connection(self), self.host, self.port
            )
            _, connection = await asyncio.wait_for(made, 5)
        except (OSError, TimeoutError) as error:
            raise CourseError(
                f"Nothing answers at http://{self.host}:{self.port}: start a server"
                " there by `aigc serve`."
            ) from error
        self.connections += 1
        self.idle.append(connection)

    def _ask(self, connection: _Connection, due: float) -> None:
        self.serial += 1
        self.under_way += 1
        connection.ask(request(self.host, self.port, self.n, self.serial), due)

    def answered(self, who: _Connection, status: int, due: float, closed: bool) -> None:
        self.under_way -= 1
        taken = time.perf_counter() - due
        self.found.times.setdefault(status, []).append(taken)
        if closed:
            self.connections -= 1
        elif self.again is not None:
            self.again.put_nowait(who)
        else:
            self.idle.append(who)

    def was_lost(self, who: _Connection) -> None:
        self.under_way -= 1
        self.connections -= 1
        self.found.lost += 1

    async def _end(self) -> Latencies:
        """Wait for the last answers; what is not back by then is lost."""
        end = time.monotonic() + PATIENCE
        while self.under_way and time.monotonic() < end:
            await asyncio.sleep(0.01)
        self.found.lost += self.under_way
        self.found.refused += len(self.waiting)
        for connection in self.idle:
            if connection.transport:
                connection.transport.close()
        await asyncio.sleep(0)
        return self.found


def address(url: str) -> tuple[str, int]:
    """Host and port of a server on this machine.

    Raises CourseError for another machine: to load a server is to attack it.

    >>> address("http://127.0.0.1:8000")
    ('127.0.0.1', 8000)
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 80
    except ValueError:
        host, port = None, 0
    if host is None or parts.scheme != "http":
        raise CourseError(
            f"A server's address is like http://127.0.0.1:8000, not {url[:60]!r}."
        )
    if host not in HERE:
        raise CourseError(
            f"Load goes to servers on this machine alone, not to {host[:60]}: on"
            " somebody else's it would be an attack."
        )
    return host, port


def request(host: str, port: int, n: int, seed: int) -> bytes:
    """One `POST /sample` as it goes over the wire."""
    body = json.dumps({"n": n, "seed": seed}).encode()
    head = (
        f"POST /sample HTTP/1.1\r\nhost: {host}:{port}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
