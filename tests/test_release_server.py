"""The server: what it answers, what it refuses, and that it lives on.

The batcher and the guard are tried without a network; one real server, in a process of
its own, answers on loopback.
"""

import asyncio
import base64
import json
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from aigc_course import models
from aigc_course.cli import main
from aigc_course.errors import CourseError
from aigc_course.gan.shipped import pretrained_generator
from aigc_course.release import box, counters, load, server
from aigc_course.release.batching import Batcher, Limits, Overloaded
from aigc_course.release.guard import MOST_BYTES, Guard
from aigc_course.release.metrics import Metrics

pytest.importorskip("onnxruntime")
pytest.importorskip("fastapi")


# -- the batcher ----------------------------------------------------------------------


class Drawn:
    """A draw that notes the sizes of its batches and takes some time."""

    def __init__(self, seconds: float = 0.02) -> None:
        self.sizes: list[int] = []
        self.seconds = seconds

    def __call__(self, rows: Any) -> Any:
        self.sizes.append(len(rows))
        time.sleep(self.seconds)
        return rows.astype(np.uint8)


def asked(draw: Any, limits: Limits, requests: list[Any]) -> list[Any]:
    """What a batcher answers to requests that come at once."""

    async def run() -> list[Any]:
        batcher = Batcher(draw, limits)
        batcher.start()
        found = await asyncio.gather(
            *(batcher.ask(rows) for rows in requests), return_exceptions=True
        )
        await batcher.stop()
        return found

    return asyncio.run(run())


def test_each_gets_its_own_pictures_from_few_batches() -> None:
    draw = Drawn()
    requests = [np.full((1 + i % 3, 2), i) for i in range(20)]
    found = asked(draw, Limits(batch=16), requests)
    for rows, answer in zip(requests, found, strict=True):
        assert np.array_equal(rows, answer)
    assert sum(draw.sizes) == sum(len(rows) for rows in requests)
    assert len(draw.sizes) <= 4 and max(draw.sizes) <= 16


def test_who_finds_the_queue_full_is_told() -> None:
    found = asked(Drawn(), Limits(batch=1, queue=3), [np.ones((1, 1))] * 10)
    refused = [one for one in found if isinstance(one, Overloaded)]
    assert len(refused) == 7


def test_who_waited_too_long_is_told_and_not_drawn() -> None:
    draw = Drawn(0.1)
    found = asked(draw, Limits(batch=1, deadline=0.15), [np.ones((1, 1))] * 5)
    late = [one for one in found if isinstance(one, Overloaded)]
    assert len(late) == 5 - len(draw.sizes) >= 2
    assert "0.15 s" in str(late[0])


def test_a_drawing_that_fails_is_told_and_the_next_succeeds() -> None:
    calls = []

    def draw(rows: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise ValueError("broken")
        return rows

    async def run() -> None:
        batcher = Batcher(draw)
        batcher.start()
        with pytest.raises(ValueError, match="broken"):
            await batcher.ask(np.ones((1, 1)))
        assert len(await batcher.ask(np.ones((2, 1)))) == 2
        await batcher.stop()

    asyncio.run(run())


@pytest.mark.parametrize("wrong", [{"batch": 0}, {"queue": 0}, {"deadline": 0.0}])
def test_limits_that_let_nothing_through_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(CourseError, match="1 or more"):
        Limits(**wrong)


# -- the guard ------------------------------------------------------------------------


async def through(guard: Guard, bodies: list[bytes], wait: float = 0.0) -> list[Any]:
    """What the guard sends for one request that comes in these parts."""
    sent: list[Any] = []
    parts = [
        {"body": b, "more_body": i + 1 < len(bodies)} for i, b in enumerate(bodies)
    ]

    async def receive() -> Any:
        await asyncio.sleep(wait)
        return {"type": "http.request", **parts.pop(0)}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "path": "/sample"}
    await guard(scope, receive, send)
    return sent


async def slow(scope: Any, receive: Any, send: Any) -> None:
    """An application that takes a while, then echoes."""
    body = (await receive())["body"]
    await asyncio.sleep(0.05)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def test_a_body_too_long_a_slow_client_and_a_fault_are_told() -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError

    async def run() -> None:
        guard = Guard(slow, Limits(), Metrics())
        assert (await through(guard, [b"a", b"b"]))[1]["body"] == b"ab"
        long = await through(guard, [b"x" * (MOST_BYTES + 1)])
        assert long[0]["status"] == 413
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("aigc_course.release.guard.SLOWEST", 0.01)
            late = await through(guard, [b""], wait=5)
        assert late[0]["status"] == 408
        guard.app = broken
        failed = await through(guard, [b""])
        assert failed[0]["status"] == 500 and b"lives on" in failed[1]["body"]
        assert guard.under_way == 0
        assert guard.metrics.accepted == guard.metrics.answered == 4

    asyncio.run(run())


def test_over_its_limit_the_guard_refuses_at_once() -> None:
    async def run() -> None:
        guard = Guard(slow, Limits(queue=2), Metrics())
        began = time.perf_counter()
        answers = await asyncio.gather(*(through(guard, [b""]) for _ in range(6)))
        statuses = [sent[0]["status"] for sent in answers]
        assert statuses == [200, 200, 503, 503, 503, 503]
        assert time.perf_counter() - began < 2
        assert (b"retry-after", b"1") in answers[2][0]["headers"]
        assert guard.metrics.refused == 4

    asyncio.run(run())


def test_a_draining_server_closes_connections() -> None:
    async def run() -> None:
        guard = Guard(slow, Limits(), Metrics())
        guard.draining = True
        sent = await through(guard, [b""])
        assert (b"connection", b"close") in sent[0]["headers"]

    asyncio.run(run())


# -- what is asked for ----------------------------------------------------------------

BAD = {
    b'{"n": 0}': "n is a whole number from 1 to 64, not 0.",
    b'{"n": -1}': "not -1.",
    b'{"n": 1000000000}': "not 1000000000.",
    b'{"n": "seven"}': 'not "seven".',
    b'{"n": 1.5}': "not 1.5.",
    b'{"n": true}': "not true.",
    b'{"n": null}': "not null.",
    b'{"n": NaN}': "not NaN.",
    b'{"seed": 1180591620717411303424}': "seed is a whole number from 0 to 90071992547",
    b'{"seed": -1}': "not -1.",
    b'{"label": 10}': "label is a whole number from 0 to 9, not 10.",
    b'{"colour": 1}': "There is no 'colour'",
    b"[1]": "The body is JSON such as",
    b"\xff": "The body is JSON such as",
    b"[" * 4000: "The body is JSON such as",
}


@pytest.mark.parametrize("body", BAD)
def test_what_there_is_not_is_refused_in_one_sentence(body: bytes) -> None:
    with pytest.raises(server.Unclear) as told:
        server.wish(body, Limits(), labels=True)
    assert BAD[body] in str(told.value)
    assert str(told.value).count(". ") == 0


def test_a_label_is_for_models_that_know_labels() -> None:
    assert server.wish(b'{"label": 3}', Limits(), labels=True).label == 3
    with pytest.raises(server.Unclear, match="takes no label"):
        server.wish(b'{"label": 3}', Limits(), labels=False)


# -- a real server --------------------------------------------------------------------


@pytest.fixture(scope="module")
def file(release: Path) -> Path:
    """The shipped generator as an ONNX file."""
    return release / "model.onnx"


@pytest.fixture(scope="module")
def url(file: Path) -> Iterator[str]:
    with server.running(file) as url:
        yield url


def post(url: str, body: bytes | dict[str, Any]) -> tuple[int, Any]:
    content = json.dumps(body).encode() if isinstance(body, dict) else body
    try:
        with urllib.request.urlopen(f"{url}/sample", content, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def get(url: str, path: str) -> str:
    with urllib.request.urlopen(url + path, timeout=60) as answer:
        return str(answer.read().decode())


@pytest.mark.slow  # a process with ONNX Runtime: about 5 s
def test_pictures_are_pytorchs_alone_or_among_others(url: str) -> None:
    status, answer = post(url, {"n": 3, "seed": 7})
    assert status == 200 and answer["shape"] == [3, 28, 28] and answer["seed"] == 7
    got = np.frombuffer(base64.b64decode(answer["pixels"]), np.uint8).reshape(3, 784)
    with torch.no_grad():
        images = pretrained_generator()(torch.from_numpy(counters.normals(7, 0, 3, 64)))
    exact = ((images.flatten(1) + 1) * 127.5).numpy()
    assert np.abs(got - exact).max() < 0.51
    load.closed_loop(url, 8, 0.5)
    assert post(url, {"n": 3, "seed": 7})[1] == answer
    assert post(url, {})[0] == 200


@pytest.mark.slow
def test_the_server_lives_on_after_bad_requests(url: str) -> None:
    for body, words in BAD.items():
        if b"label" in body:
            continue
        status, answer = post(url, body)
        assert status in (413, 422) and words in answer["error"]
    with pytest.raises((urllib.error.URLError, ConnectionError, AssertionError)):
        assert post(url, b"x" * 10_000_000)[0] != 413
    host, port = load.address(url)
    with socket.create_connection((host, port)) as half:  # a client that goes to sleep
        half.sendall(b"POST /sample HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{")
        assert post(url, {"n": 1})[0] == 200
    assert json.loads(get(url, "/health"))["status"] == "ready"
    text = get(url, "/metrics")
    assert 'aigc_requests_total{code="422"}' in text
    for line in text.splitlines():
        assert line.startswith("# ") or float(line.rsplit(" ", 1)[1]) >= 0


@pytest.mark.slow
def test_small_answers_leave_at_once(url: str) -> None:
    """Not after 40 ms, when the client's system has acknowledged their first part."""
    with server._listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP  # asyncio then sets TCP_NODELAY
    found = load.closed_loop(url, 1, 1)
    assert 1000 * min(found.times[200]) < 30


def test_prometheus_can_read_the_metrics(url: str) -> None:
    parser = pytest.importorskip("prometheus_client.parser")
    families = {
        f.name: f for f in parser.text_string_to_metric_families(get(url, "/metrics"))
    }
    assert families["aigc_request_seconds"].type == "histogram"
    assert families["aigc_pictures"].type == "counter"


@pytest.mark.slow
def test_an_open_loop_counts_what_it_sent(url: str) -> None:
    found = load.open_loop(url, rate=60, seconds=1)
    assert found.sent == sum(len(t) for t in found.times.values()) + found.lost
    assert found.lost == found.refused == 0 and found.answered > 20
    assert found.percentile(50) <= found.percentile(99) <= found.percentile(100)
    assert "requests in 1.0 s" in found.sentence()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM ends a process at once")
def test_sigterm_under_load_loses_nothing_that_was_taken_on(file: Path) -> None:
    with server.process(file) as (child, url):

        async def terminated() -> load.Latencies:
            one = load._Load(url, 1, 2.0)
            asyncio.get_running_loop().call_later(
                1.0, child.send_signal, signal.SIGTERM
            )
            return await one.open([i / 60 for i in range(120)])

        found = asyncio.run(terminated())
        ended = child.wait(30)
        assert child.stdout is not None
        told = child.stdout.read()
    assert ended == 0
    taken_on = int(told.split("Stopped: ")[1].split()[0].replace(",", ""))
    answered = sum(len(times) for times in found.times.values())
    assert answered == taken_on > 20
    assert f"{taken_on:,} answered" in told
    assert found.refused > 0  # what came later found nobody


@pytest.mark.slow
def test_a_conditional_model_draws_the_digit_asked_for(tmp_path: Path) -> None:
    from aigc_course.release.export import export
    from aigc_course.release.model import serve_from

    torch.manual_seed(0)
    served = serve_from(export(models.get("cvae").build(), tmp_path / "cvae.onnx"))
    assert served.labels and served.latent == 5
    turn, three = served.rows(7, 12), served.rows(7, 2, label=3)
    assert turn[:, 2].tolist() == [*range(10), 0, 1] and set(three[:, 2]) == {3}
    assert served.draw(turn).shape == (12, 28, 28)
    assert np.array_equal(served.draw(turn[3:4]), served.draw(turn)[3:4])


# -- the commands ---------------------------------------------------------------------


def sentence(*words: str) -> str:
    """What a command prints that ends with exit code 2."""
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2, result.output
    assert len(result.output.strip().splitlines()) == 1
    return result.output


def test_serve_refuses_in_one_sentence(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.onnx"
    damaged.write_bytes(b"nothing of the kind")
    assert "damaged" in sentence("serve", str(damaged), "--port", "0")
    assert "There is no file" in sentence("serve", str(tmp_path / "a.onnx"), "--port=0")
    assert "neither a run folder" in sentence("serve", "no_such_model", "--port", "0")
    assert "1 or more" in sentence("serve", "mnist_dcgan", "--batch", "0")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert "cannot be used" in sentence("serve", "mnist_dcgan", "--port", port)


def test_a_model_that_is_too_new_is_told(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    x, y = (
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", 2])
        for name in "xy"
    )
    node = onnx.helper.make_node("Relu", ["x"], ["y"])
    graph = onnx.helper.make_graph([node], "g", [x], [y])
    files = {}
    for name, opset in (("newer", 99), ("other", 20)):
        kind = onnx.helper.make_opsetid("", opset)
        model = onnx.helper.make_model(graph, opset_imports=[kind], ir_version=10)
        files[name] = tmp_path / f"{name}.onnx"
        files[name].write_bytes(model.SerializeToString())
    said = sentence("serve", str(files["newer"]), "--port", "0")
    assert "newer ONNX Runtime" in said
    said = sentence("serve", str(files["other"]), "--port", "0")
    assert "does not make images" in said


def test_without_the_extra_the_command_that_helps_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("aigc_course.release.extra.find_spec", lambda name: None)
    assert 'pip install "aigc-course[deploy]"' in sentence("serve", "mnist_dcgan")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["http://127.0.0.1:9"], "either --rate or --clients"),
        (["http://127.0.0.1:9", "--rate", "9", "--clients", "9"], "either"),
        (["http://127.0.0.1:9", "--rate", "0"], "--rate is above 0"),
        (["http://127.0.0.1:9", "--rate", "1e9"], "--rate is above 0"),
        (["http://127.0.0.1:9", "--rate", "9", "--seconds", "0"], "--seconds is above"),
        (["http://192.0.2.1", "--rate", "9"], "it would be an attack"),
        (["ftp://127.0.0.1", "--rate", "9"], "address is like"),
        (["http://127.0.0.1:99999", "--rate", "9"], "address is like"),
        (["http://127.0.0.1:9", "--clients", "2"], "Nothing answers"),
    ],
)
def test_load_refuses_in_one_sentence(words: list[str], told: str) -> None:
    assert told in sentence("load", *words)


def test_a_notebook_with_a_running_event_loop_may_load() -> None:
    async def cell() -> None:
        with pytest.raises(CourseError, match="Nothing answers"):
            load.open_loop("http://127.0.0.1:9", rate=9, seconds=0.1)
        with pytest.raises(CourseError, match="Nothing answers"):
            load.closed_loop("http://127.0.0.1:9", clients=1, seconds=0.1)

    asyncio.run(cell())


def test_page_refuses_in_one_sentence(tmp_path: Path) -> None:
    assert "--out ends in .html" in sentence("page", "mnist_dcgan", "--out=page.txt")
    assert "neither a run" in sentence("page", "no_such", "--out", f"{tmp_path}/a.html")
    inside = tmp_path / "file"
    inside.write_text("")
    assert "Cannot write" in sentence("page", "mnist_dcgan", f"--out={inside}/a.html")


@pytest.mark.slow  # two processes and a box around them: about 8 s
def test_the_contract_of_the_box_holds(file: Path) -> None:
    found = box.contract(file.parent)
    if found is None:
        pytest.skip("bubblewrap is not installed, or may make no box here")
    assert set(found) == {"serves", "user", "files", "network", "memory", "torch"}


def test_the_containerfile_keeps_the_contract() -> None:
    text = box.containerfile()
    assert "USER 65534:65534" in text and "--read-only" in text
    assert f"--memory={box.MOST_MEMORY}m" in text
    assert 'CMD ["aigc", "serve"' in text  # exec form, or SIGTERM does not arrive
    for name in box.PACKAGES.split():
        assert name.isidentifier()


@pytest.mark.parametrize("line", ["user", "files", "network", "memory", "torch"])
def test_a_contract_that_is_broken_is_told(line: str) -> None:
    kept = {"shape": [64, 28, 28], "user": box.USER, "write": "no", "code": "no"}
    kept |= {"reach": "no", "memory": 100.0, "torch": False}
    assert len(box._judged(kept)) == 6
    broken = {"user": 0, "write": "", "reach": "", "memory": 600.0, "torch": True}
    key = {"files": "write", "network": "reach"}.get(line, line)
    with pytest.raises(CourseError, match=f"line '{line}' does not hold"):
        box._judged({**kept, key: broken[key]})
