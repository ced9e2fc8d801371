"""A server that draws pictures: `POST /sample`, and stays up when too many ask.

FastAPI and uvicorn read the requests, `batching` collects them, ONNX Runtime draws. The
same seed gives the same pictures whatever else is asked at the time, and the same as
the offline page (`counters`).
"""

import asyncio
import base64
import contextlib
import json
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from aigc_course.errors import CourseError
from aigc_course.release import counters, extra
from aigc_course.release.batching import Batcher, Limits, Overloaded
from aigc_course.release.guard import Guard
from aigc_course.release.metrics import Metrics
from aigc_course.release.model import CLASSES, Served, serve_from

GRACE = 4  # seconds for the last answers after SIGTERM
DRAIN = 0.3  # seconds in which clients are told that the server goes
KNOWN = {"n", "seed", "label"}


@dataclass(frozen=True)
class Wish:
    """What one request asks for."""

    n: int
    seed: int
    label: int | None


class Unclear(CourseError):
    """A request that asks for what there is not; the client is told."""


def wish(body: bytes, limits: Limits, labels: bool) -> Wish:
    """Read the JSON of a request; the seed is drawn where none is given.

    Raises Unclear with one sentence for what is no JSON, or out of range.

    >>> wish(b'{"n": 2, "seed": 7}', Limits(), labels=False)
    Wish(n=2, seed=7, label=None)
    """
    try:
        asked = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise Unclear('The body is JSON such as {"n": 1, "seed": 7}.')
    if unknown := sorted(set(asked) - KNOWN):
        raise Unclear(
            f"There is no {unknown[0][:40]!r}; choose from n, seed and label."
        )
    n = _whole(asked, "n", 1, 1, limits.batch)
    seed = _whole(asked, "seed", secrets.randbits(32), 0, counters.MOST_SEED)
    if asked.get("label") is None:
        return Wish(n, seed, None)
    if not labels:
        raise Unclear("This model takes no label.")
    return Wish(n, seed, _whole(asked, "label", 0, 0, CLASSES - 1))


def _whole(asked: dict[str, Any], name: str, default: int, low: int, high: int) -> int:
    value = asked.get(name, default)
    if type(value) is not int or not low <= value <= high:
        told = json.dumps(value)[:40]
        raise Unclear(f"{name} is a whole number from {low} to {high}, not {told}.")
    return value


def application(
    served: Served, limits: Limits | None = None, batched: bool = True
) -> Guard:
    """The ASGI application: POST /sample, GET /health and GET /metrics.

    batched: draw requests together; False draws each by itself, for comparison.
    Raises CourseError where the extra `deploy` is missing.
    """
    extra.needs("fastapi")
    from fastapi import FastAPI, Request, Response

    limits, metrics = limits or Limits(), Metrics()
    drawn = limits if batched else Limits(1, limits.queue, limits.deadline)
    batcher = Batcher(served.draw, drawn)

    @contextlib.asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        batcher.start()
        yield
        await batcher.stop()

    app = FastAPI(title="aigc", lifespan=life, openapi_url=None)
    guard = Guard(app, limits, metrics)

    async def sample(request: Request) -> Response:
        try:
            asked = wish(await request.body(), drawn, served.labels)
            rows = served.rows(asked.seed, asked.n, asked.label)
            found = await batcher.ask(rows)
        except Unclear as error:
            return Response(_error(error), 422, media_type="application/json")
        except Overloaded as error:
            again = {"retry-after": "1"}
            return Response(_error(error), 503, again, "application/json")
        metrics.pictures += asked.n
        return Response(_answer(asked, found), media_type="application/json")

    async def health(_: Request) -> Response:
        state = "draining" if guard.draining else "ready"
        body = json.dumps({"status": state, "model": served.name})
        return Response(body, 503 if guard.draining else 200, media_type=JSON)

    async def figures(_: Request) -> Response:
        text = metrics.text(guard.under_way, batcher.sizes)
        return Response(text, media_type="text/plain; version=0.0.4")

    app.add_route("/sample", sample, methods=["POST"])
    app.add_route("/health", health, methods=["GET"])
    app.add_route("/metrics", figures, methods=["GET"])
    return guard


JSON = "application/json"


def _error(error: Exception) -> str:
    return json.dumps({"error": str(error)})


def _answer(asked: Wish, found: Any) -> str:
    """The pictures as JSON: bytes 0 to 255, row by row, in base64."""
    content = {
        "seed": asked.seed,
        "label": asked.label,
        "shape": list(found.shape),
        "pixels": base64.b64encode(found.tobytes()).decode(),
    }
    return json.dumps(content)


def serve(
    run: str | Path,
    port: int = 8000,
    limits: Limits | None = None,
    *,
    threads: int = 1,
    batched: bool = True,
    host: str = "127.0.0.1",
) -> str:
    """Serve until SIGTERM or SIGINT; returns a sentence about what was done.

    What is served is said on stdout, with the address, once requests are taken. port 0
    takes a free one. Raises CourseError as `serve_from` does, and for a port that is
    taken.
    """
    extra.needs("fastapi", "uvicorn")
    listener = _listen(host, port)
    with contextlib.closing(listener):
        served = serve_from(run, threads)
        guard = application(served, limits, batched)
        address = f"http://{host}:{listener.getsockname()[1]}"
        asyncio.run(_run(guard, listener, f"Serving {served.name} at {address}"))
    done = guard.metrics
    return (
        f"Stopped: {done.accepted:,} requests taken on, {done.answered:,} answered,"
        f" {done.refused:,} refused at once."
    )


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens. CourseError for a port that is taken or forbidden."""
    # the protocol named: else asyncio leaves Nagle's algorithm on, and each answer,
    # whose head and body are two writes, waits 40 ms for an acknowledgement
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform != "win32":  # there it would let two servers share a port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise CourseError(
            f"Port {port} of {host} cannot be used ({error.strerror}): choose another"
            " by --port, or 0 for a free one."
        ) from error
    return listener


async def _run(guard: Guard, listener: socket.socket, words: str) -> None:
    """Run uvicorn; on a signal tell the clients first, then end it."""
    import uvicorn

    settings = uvicorn.Config(
        guard,
        log_level="critical",
        access_log=False,
        timeout_graceful_shutdown=GRACE,
        timeout_keep_alive=30,
    )
    server = uvicorn.Server(settings)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    before = {
        one: signal.signal(one, lambda *_: loop.call_soon_threadsafe(stopped.set))
        for one in (signal.SIGTERM, signal.SIGINT)
    }
    running = loop.create_task(server.serve(sockets=[listener]))
    try:
        while not (server.started or running.done()):
            await asyncio.sleep(0.01)
        if running.done():  # it could not start
            return await running
        print(words, flush=True)
        await stopped.wait()
        guard.draining = True
        await asyncio.sleep(DRAIN)
        server.should_exit = True
        await running
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextlib.contextmanager
def running(run: str | Path, port: int = 0, **settings: Any) -> Iterator[str]:
    """A server in a process of its own, ended with the block; yields its address.

    settings: of `Limits` (batch, queue, deadline), and threads and batched. Raises
    CourseError with the server's own words where it does not start.
    """
    with process(run, port, **settings) as (_, address):
        yield address


@contextlib.contextmanager
def process(
    run: str | Path, port: int = 0, **settings: Any
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """As `running`; yields the process as well."""
    names = {*(one.name for one in fields(Limits)), "threads", "batched"}
    if unknown := set(settings) - names:
        raise CourseError(f"A server has no setting {min(unknown)!r}.")
    options = [f"--port={port}"]
    if not settings.pop("batched", True):
        options.append("--unbatched")
    options += [f"--{name}={value}" for name, value in settings.items()]
    start = "from aigc_course.cli import main; main()"
    child = subprocess.Popen(
        [sys.executable, "-c", start, "serve", str(run), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield child, _address(child)
    finally:
        _end(child)


def _address(child: subprocess.Popen[str]) -> str:
    """The address that a server tells when it is ready."""
    assert child.stdout is not None and child.stderr is not None
    line = child.stdout.readline()
    if " at http" not in line:
        told = child.stderr.read().strip().splitlines() or ["it ended at once"]
        raise CourseError(f"The server did not start: {told[-1]}")
    return line.rsplit(" at ", 1)[1].strip()


def _end(child: subprocess.Popen[str]) -> None:
    if child.poll() is None:
        child.terminate()
    end = time.monotonic() + GRACE + 5
    try:
        child.communicate(timeout=max(end - time.monotonic(), 0))
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
