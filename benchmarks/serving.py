"""What page, server and monitor reach, against the bars set for them.

    python benchmarks/serving.py                 # about 8 minutes on two quiet cores
    python benchmarks/serving.py --only page     # one part; the others stay as they are

Parts: page, runtime_page, saturation, steady, overload, sigterm, false_alarms, faults,
box. The two of the monitor take half of the time, and a busy machine changes nothing of
what they find. The page needs Chromium, the box bubblewrap. Client and server share the
machine's cores, which takes from the server.
"""

import argparse
import copy
import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch
from records import FOLDER, record

from aigc_course import gan
from aigc_course.errors import CourseError
from aigc_course.release import (
    box,
    counters,
    load,
    monitor,
    page,
    runtime_page,
    server,
)
from aigc_course.release.export import export

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "browser"))
import devtools

RECORD = FOLDER / "serving.json"
SECONDS = 6.0  # of each load but the overload
OVERLOAD_SECONDS = 30.0
OWN = ("file:", "blob:")
DRAWN = "document.documentElement?.dataset.drawn"
MANY = """(async () => {
  const began = performance.now();
  for (let i = 0; i < 400; i++) await aigcPictures(5, i, 1);
  return 400000 / (performance.now() - began);
})()"""
BATCHES = """(async () => {
  const began = performance.now();
  for (let i = 0; i < 20; i++) await aigcPictures(5, 64 * i, 64);
  return 1280000 / (performance.now() - began);
})()"""
FAULTS, SEEDS = ("wrong_weights", "stale_norm", "latents", "class_lost"), 20
FALSE_PICTURES = 300_000


class Requests(devtools.Page):
    """A tab that counts what it asks for beside the page itself."""

    def __init__(self, address: str) -> None:
        self.asked: list[str] = []
        super().__init__(address)
        self.call("Network.enable")

    def notice(self, event: dict[str, Any]) -> None:
        super().notice(event)
        if event.get("method") == "Network.requestWillBeSent":
            self.asked.append(event["params"]["request"]["url"])


def of_page(folder: Path) -> dict[str, Any]:
    """Size, requests, first picture, speed and difference, in Chromium from a file."""
    return in_chromium(folder, *page.make(gan.pretrained_generator(), "mnist_dcgan"))


def of_runtime_page(folder: Path) -> dict[str, Any]:
    """The same of the page with ONNX Runtime Web, whose folder ORT_WEB names."""
    library = os.environ.get("ORT_WEB")
    if not library:
        return {"skipped": "ORT_WEB names no folder of the npm package onnxruntime-web"}
    made = runtime_page.make(gan.pretrained_generator(), library, "mnist_dcgan")
    return in_chromium(folder, *made)


def in_chromium(folder: Path, text: str, difference: float) -> dict[str, Any]:
    """What a page of the shipped generator does; its difference as Python knows it."""
    program = devtools.browser()
    if not program:
        return {"skipped": "there is no Chromium"}
    file = folder / "page.html"
    file.write_text(text, encoding="utf-8")
    devtools.Page = Requests  # type: ignore[misc]
    first: list[float] = []
    with devtools.chromium(program, folder) as browser:
        for _ in range(5):
            with browser.tab() as tab:
                tab.call("Page.navigate", url=file.as_uri())
                devtools.until(lambda tab=tab: tab.js(DRAWN), "the pictures")
                first.append(float(tab.js(DRAWN)))
                speed = [tab.js(MANY) for _ in range(3)]
                batches = [tab.js(BATCHES) for _ in range(3)]
                got = tab.js(
                    "aigcPictures(0, 0, 4).then((r) => r.map((one) => [...one]))"
                )
                # the file itself, and the library in its own memory, are not requests
                asked = sum(not a.startswith(OWN) for a in tab.asked)  # type: ignore[attr-defined]
    z = torch.from_numpy(counters.normals(0, 0, 4, 64))
    with torch.no_grad():
        exact = gan.pretrained_generator()(z).flatten(1)
    levels = ((exact + 1) * 127.5).round().numpy()
    return {
        "bytes": len(text.encode()),
        "requests": asked,
        "first_16_pictures_ms": sorted(first)[2],
        "pictures_per_second": float(np.median(speed)),
        "pictures_per_second_in_batches_of_64": float(np.median(batches)),
        "difference_levels": difference,
        "difference_whole_levels_in_browser": float(
            np.abs(np.array(got) - levels).max()
        ),
    }


def cpu(process: Any) -> float:
    """Seconds of processor time of a server."""
    times = psutil.Process(process.pid).cpu_times()
    return times.user + times.system


def saturated(file: Path, batched: bool) -> dict[str, float]:
    """Requests a second at which a server is busy, with 32 clients; the best of two."""
    with server.process(file, batched=batched) as (child, url):
        load.closed_loop(url, 8, 1)
        before = cpu(child)
        found = [load.closed_loop(url, 32, SECONDS) for _ in range(2)]
        answered = sum(one.answered for one in found)
        microseconds = 1e6 * (cpu(child) - before) / answered
    return {
        "per_second": max(one.rate for one in found),
        "server_cpu_us": microseconds,
    }


def of_saturation(folder: Path) -> dict[str, Any]:
    """What a server bears, with and without batching."""
    file = onnx(folder)
    batched, single = saturated(file, True), saturated(file, False)
    gain = batched["per_second"] / single["per_second"]
    return {"batched": batched, "unbatched": single, "gain": gain}


def figures(found: load.Latencies) -> dict[str, Any]:
    """What is kept of a load."""
    seen, given = found.littles()
    return {
        "sent": found.sent,
        "statuses": {str(status): len(t) for status, t in found.times.items()},
        "lost": found.lost,
        "refused": found.refused,
        "per_second": found.rate,
        "ms": {str(q): found.percentile(q) for q in (50, 95, 99, 100)},
        "refusal_ms_99": found.percentile(99, 503),
        "in_system_counted": seen,
        "in_system_by_little": given,
    }


def known_saturation(folder: Path) -> float:
    """Of an earlier part, or measured now."""
    found = earlier().get("saturation") or of_saturation(folder)
    return float(found["batched"]["per_second"])


def of_steady(folder: Path) -> dict[str, Any]:
    """An open loop at 60 % of what the server bears, and at 600 requests a second."""
    most = known_saturation(folder)
    with server.running(onnx(folder)) as url:
        load.closed_loop(url, 8, 1)
        found = load.open_loop(url, 0.6 * most, 2 * SECONDS)
        fixed = load.open_loop(url, 600, SECONDS)
        closed = load.closed_loop(url, 4, SECONDS)
    return {
        "rate": 0.6 * most,
        **figures(found),
        "at_600": figures(fixed),
        "closed_4_clients": figures(closed),
    }


def of_overload(folder: Path) -> dict[str, Any]:
    """Twice what the server bears, for half a minute; its memory before and after."""
    most = known_saturation(folder)
    with server.process(onnx(folder)) as (child, url):
        load.closed_loop(url, 32, 2)
        memory = psutil.Process(child.pid).memory_info
        before = memory().rss
        found = load.open_loop(url, 2 * most, OVERLOAD_SECONDS)
        growth = (memory().rss - before) / 1e6
        after = load.closed_loop(url, 4, 1)
    return {
        "rate": 2 * most,
        **figures(found),
        "memory_growth_mb": growth,
        "answered_afterwards": after.answered,
    }


def of_sigterm(folder: Path) -> dict[str, Any]:
    """SIGTERM under load until 10,000 requests were taken on; what was lost of them."""
    most = known_saturation(folder)
    taken = unanswered = rounds = 0
    slowest = 0.0
    while taken < 10_000 and rounds < 10:
        found, told, seconds = terminated(onnx(folder), 0.6 * most, rounds)
        accepted, refused = told[0], told[2]
        answers = sum(len(times) for times in found.times.values())
        taken, rounds = taken + accepted, rounds + 1
        unanswered += accepted + refused - answers
        slowest = max(slowest, seconds)
    return {
        "rounds": rounds,
        "taken_on": taken,
        "lost_of_taken_on": unanswered,
        "exit_seconds": slowest,
    }


def terminated(
    file: Path, rate: float, seed: int
) -> tuple[load.Latencies, list[int], float]:
    """A load that meets SIGTERM after 5 s: what the client saw, what the server told.

    The server tells requests taken on, answered, and refused at once. The last number
    is the seconds it took to end.
    """
    with server.process(file) as (child, url):
        gone: list[float] = []

        def end() -> None:
            began = time.monotonic()
            child.send_signal(signal.SIGTERM)
            child.wait(30)
            gone.append(time.monotonic() - began)

        clock = threading.Timer(5.0, end)
        clock.start()
        found = load.open_loop(url, rate, 6.0, seed=seed)
        clock.join()
        assert child.stdout is not None
        words = child.stdout.read().split("Stopped: ")[1].replace(",", "")
    return found, [int(word) for word in words.split() if word.isdigit()], gone[0]


def onnx(folder: Path) -> Path:
    """The shipped generator as an ONNX file."""
    file = folder / "served" / "model.onnx"
    file.parent.mkdir(exist_ok=True)
    return file if file.exists() else export(gan.pretrained_generator(), file)


@torch.no_grad()
def pictures(net: Any, n: int, dice: torch.Generator, scale: float = 1.0) -> Any:
    """n pictures of random latents."""
    parts = [min(500, n - i) for i in range(0, n, 500)]
    return torch.cat([net(scale * torch.randn(m, 64, generator=dice)) for m in parts])


def reference(net: Any) -> monitor.Reference:
    """Of 20,000 pictures."""
    return monitor.Reference.of(pictures(net, 20_000, torch.Generator().manual_seed(1)))


def of_false_alarms(_: Path) -> dict[str, Any]:
    """How often the monitor rings while nothing is wrong."""
    net, dice = gan.pretrained_generator(), torch.Generator().manual_seed(2)
    kept, alarms, seen = reference(net), 0, 0
    watch = monitor.Monitor(kept)
    while seen < FALSE_PICTURES:
        seen += 5_000
        if watch.add(pictures(net, 5_000, dice)):
            alarms, watch = alarms + 1, monitor.Monitor(kept)
    # 95 % upper limit of the rate when there was none: 3 / n (rule of three)
    return {
        "pictures": seen,
        "alarms": alarms,
        "limit_h": watch.limit,
        "stated_pictures_between_alarms": monitor.BETWEEN_FALSE,
        "least_pictures_between_alarms_95": seen / (3 if alarms == 0 else np.nan),
    }


def faulty(name: str, net: Any, n: int, dice: torch.Generator, seed: int) -> Any:
    """n pictures of a server in which something is wrong."""
    if name == "latents":
        return pictures(net, n, dice, 1.5)
    if name == "class_lost":
        drawn = pictures(net, n + n // 4, dice)
        return drawn[monitor.seen(drawn)[1] != seed % 10][:n]
    other = copy.deepcopy(net)
    for part in other.modules():
        if name == "stale_norm" and isinstance(
            part, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d
        ):
            part.running_var.mul_(1.3)  # type: ignore[union-attr]
    if name == "wrong_weights":  # those of the last layer but one belong to no training
        layer = [p for p in other.parameters() if p.ndim == 4][0]
        with torch.no_grad():
            layer.copy_(layer.std() * torch.randn(layer.shape, generator=dice))
    return pictures(other, n, dice)


def of_faults(_: Path) -> dict[str, Any]:
    """Pictures from a fault to the alarm, 20 seeds of each of four faults."""
    net, found = gan.pretrained_generator(), {}
    kept = reference(net)
    for name in FAULTS:
        delays: list[int | None] = []
        for seed in range(SEEDS):
            dice = torch.Generator().manual_seed(100 + seed)
            watch = monitor.Monitor(kept)
            watch.add(pictures(net, 500, dice))
            for start in range(0, 2_000, 250):
                if watch.add(faulty(name, net, 250, dice, seed)):
                    delays.append(start + 250)
                    break
            else:
                delays.append(None)
        noticed = [delay for delay in delays if delay is not None]
        found[name] = {
            "noticed": len(noticed),
            "of": SEEDS,
            "most_pictures": max(noticed, default=None),
        }
    return found


def of_box(folder: Path) -> dict[str, Any]:
    """The contract of the container, line by line."""
    return {"contract": box.contract(onnx(folder).parent)}


PARTS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "page": of_page,
    "runtime_page": of_runtime_page,
    "saturation": of_saturation,
    "steady": of_steady,
    "overload": of_overload,
    "sigterm": of_sigterm,
    "false_alarms": of_false_alarms,
    "faults": of_faults,
    "box": of_box,
}


def earlier() -> dict[str, Any]:
    """What the record holds already."""
    if not RECORD.exists():
        return {}
    found: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
    return dict(found["figures"])


def main() -> None:
    """Measure all parts, or those that are named; the record is written after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append")
    wanted = parser.parse_args().only or [*PARTS]
    with tempfile.TemporaryDirectory() as folder:
        for name in wanted:
            began, load_then = time.monotonic(), os.getloadavg()[0]
            try:
                found = PARTS[name](Path(folder))
            except (CourseError, TimeoutError) as error:
                found = {"failed": str(error)}
            found["seconds"] = round(time.monotonic() - began, 1)
            found["load_before"] = round(load_then, 2)
            record("serving", {**earlier(), name: found}, seconds_each=SECONDS)


if __name__ == "__main__":
    main()
