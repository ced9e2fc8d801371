"""What a server does before it reads a request: refuse what is too much or too long."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from aigc_course.release.batching import Limits
from aigc_course.release.metrics import Metrics

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Receive, Send], Awaitable[None]]

MOST_BYTES = 4096  # of a request's body
SLOWEST = 5.0  # seconds in which a body must be here

BUSY = "Too many requests are under way: send it again later."
LONG = f"A request's body has at most {MOST_BYTES} bytes."
SLOW = f"The body did not come within {SLOWEST:g} seconds."
WRONG = "Something went wrong in the server; it lives on."


class Guard:
    """An ASGI application around another that takes on only what it can bear.

    A request over `limits.queue` is answered 503 before its body is read: a refusal
    must cost far less than an answer, or refusing brings a server down as well. A body
    that is too long is answered 413, one that does not come 408. When `draining`, each
    answer closes its connection.
    """

    def __init__(self, app: App, limits: Limits, metrics: Metrics) -> None:
        self.app, self.limits, self.metrics = app, limits, metrics
        self.under_way = 0
        self.draining = False

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":  # the start and the end of the server
            await self.app(scope, receive, send)
            return
        if scope["path"] != "/sample":
            await self.app(scope, receive, self._closing(send))
            return
        if self.under_way >= self.limits.queue:
            self.metrics.count(503)
            self.metrics.refused += 1
            await self._refuse(send, 503, BUSY)
            return
        self.under_way += 1
        self.metrics.accepted += 1
        try:
            await self._take_on(scope, receive, send)
        finally:
            self.under_way -= 1

    async def _take_on(self, scope: Any, receive: Receive, send: Send) -> None:
        """Read the body, hand it to the application, note status and time."""
        began, status = time.perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await closing(message)

        closing = self._closing(send)
        try:
            body = await asyncio.wait_for(_body(receive), SLOWEST)
            if body is None:
                await self._refuse(noting, 413, LONG)
            else:
                await self.app(scope, _given(body), noting)
        except TimeoutError:
            await self._refuse(noting, 408, SLOW)
        except Exception:  # of a drawing that failed: the next may succeed
            await self._refuse(noting, 500, WRONG)
        self.metrics.count(status)
        self.metrics.note(time.perf_counter() - began)

    async def _refuse(self, send: Send, status: int, words: str) -> None:
        """Answer with one sentence; what was not read whole ends the connection."""
        body = json.dumps({"error": words}).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ]
        if status == 503:
            headers.append((b"retry-after", b"1"))
        elif status in (408, 413):
            headers.append((b"connection", b"close"))
        start = {"type": "http.response.start", "status": status, "headers": headers}
        await self._closing(send)(start)
        await send({"type": "http.response.body", "body": body})

    def _closing(self, send: Send) -> Send:
        """`send`, with a header that ends the connection once the server drains."""

        async def closing(message: Message) -> None:
            if self.draining and message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"connection", b"close")]
            await send(message)

        return closing


async def _body(receive: Receive) -> bytes | None:
    """A request's whole body, or None where it has more than MOST_BYTES."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            return None
        if not message.get("more_body", False):
            return body


def _given(body: bytes) -> Receive:
    """A `receive` that hands over a body which was read already."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
