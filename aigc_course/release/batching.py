"""Many small requests drawn together: micro-batching, with a queue that has an end.

A network draws 64 pictures in far less than 64 times the time of one. While one batch
is being drawn, requests collect; the next batch takes them all. Nobody waits for a
batch to fill: with few requests each is drawn at once.

A queue without an end makes every request late. So there is room for a number of
requests, and who comes too late or has waited too long is told so.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aigc_course.errors import CourseError

Rows = NDArray[Any]  # one row a picture
Draw = Callable[[Rows], NDArray[np.uint8]]


class Overloaded(CourseError):
    """The server is busy: the request was not drawn, and may be sent again later."""


@dataclass(frozen=True)
class Limits:
    """What a server takes on.

    batch: pictures drawn together at most, and asked for in one request. queue:
    requests taken on and not answered yet. deadline: seconds that a request may wait
    before its drawing begins.
    """

    batch: int = 64
    queue: int = 48
    deadline: float = 0.5

    def __post_init__(self) -> None:
        """Raises CourseError for limits that let nothing through."""
        if self.batch < 1 or self.queue < 1 or not self.deadline > 0:
            raise CourseError(
                "A server's batch and queue are 1 or more, its deadline is above 0"
                f" seconds; got {self.batch}, {self.queue} and {self.deadline}."
            )


@dataclass
class _Waiting:
    rows: Rows
    since: float
    answer: asyncio.Future[NDArray[np.uint8]] = field(repr=False)


class Batcher:
    """Collects requests and draws them together, one batch at a time.

    draw: rows [m, ...], whatever they hold, to pictures uint8 [m, ...]; it runs in a
    thread, so that requests are read meanwhile. `start` begins, `stop` ends once all is
    drawn.
    """

    def __init__(self, draw: Draw, limits: Limits | None = None) -> None:
        self.draw, self.limits = draw, limits or Limits()
        self.queue: deque[_Waiting] = deque()
        self.sizes: list[int] = [0] * (self.limits.batch + 1)  # batches by size
        self._came = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to draw, in the running event loop."""
        self._task = asyncio.get_running_loop().create_task(self._work())

    async def stop(self) -> None:
        """Draw what still waits, then end."""
        self._stopping = True
        self._came.set()
        if self._task:
            await self._task

    async def ask(self, rows: Rows) -> NDArray[np.uint8]:
        """The pictures of these rows [n, ...], n at most `limits.batch`.

        Raises Overloaded where too many wait already, or this one waited too long.
        """
        if len(self.queue) >= self.limits.queue or self._stopping:
            raise Overloaded("Too many requests wait: send it again later.")
        answer = asyncio.get_running_loop().create_future()
        self.queue.append(_Waiting(rows, time.monotonic(), answer))
        self._came.set()
        return await answer

    async def _work(self) -> None:
        """Draw one batch after another until `stop`."""
        while self.queue or not self._stopping:
            if not self.queue:
                self._came.clear()
                await self._came.wait()
                continue
            batch = self._next_batch()
            if batch:
                await self._draw(batch)

    def _next_batch(self) -> list[_Waiting]:
        """Requests from the front of the queue that fit in one batch."""
        batch: list[_Waiting] = []
        room = self.limits.batch
        oldest = time.monotonic() - self.limits.deadline
        while self.queue and len(self.queue[0].rows) <= room:
            first = self.queue.popleft()
            if first.answer.done():  # who asked has gone
                continue
            if first.since < oldest:
                late = f"It waited longer than {self.limits.deadline:g} s"
                first.answer.set_exception(Overloaded(f"{late}: send it again later."))
                continue
            batch.append(first)
            room -= len(first.rows)
        return batch

    async def _draw(self, batch: list[_Waiting]) -> None:
        """Draw a batch in a thread and hand each its share of the pictures."""
        rows = np.concatenate([one.rows for one in batch])
        self.sizes[len(rows)] += 1
        loop = asyncio.get_running_loop()
        outcome: Any
        try:
            outcome = await loop.run_in_executor(None, self.draw, rows)
        except Exception as error:  # each is told; the next batch may succeed
            _tell(batch, error)
            return
        start = 0
        for one in batch:
            part = outcome[start : start + len(one.rows)]
            start += len(one.rows)
            if not one.answer.done():
                one.answer.set_result(part)


def _tell(batch: list[_Waiting], error: Exception) -> None:
    for one in batch:
        if not one.answer.done():
            one.answer.set_exception(error)
