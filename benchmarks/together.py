"""Several processes against one: what they learn, what they survive, what it costs.

    python benchmarks/together.py [--only curves] [--only kills] ...

Parts that are not asked for stay as the record has them; each says when it was
measured and how busy the machine was. `--page` writes the tables of the instructors'
page from the record.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).parent.parent
RECORD = ROOT / "benchmarks" / "records" / "together.json"
PAGE = ROOT / "instructors" / "beyond_one_machine.md"
RANKS = ROOT / "benchmarks" / "together_ranks.py"
COMPUTE = 0.1  # seconds of a step of the examples on one process, stated
MODELS = {  # bytes of the gradients
    "fast DCGAN, 1.75 million weights": 1_748_402 * 4,
    "124 million weights": 124e6 * 4,
}


def environment(threads: int) -> dict[str, str]:
    """Loopback alone, and this many threads."""
    loopback = "lo0" if sys.platform == "darwin" else "lo"
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    more = {"OMP_NUM_THREADS": str(threads), "GLOO_SOCKET_IFNAME": loopback}
    return {**os.environ, "PYTHONPATH": path, **more}


def run(
    processes: int, script: Path, *words: Any, threads: int = 1, lives: int = 0
) -> None:
    """A script in so many processes; raises where it fails."""
    command = [sys.executable]
    if processes > 1:
        command += ["-m", "torch.distributed.run", "--standalone"]
        command += ["--local-addr", "127.0.0.1", "--nproc-per-node", str(processes)]
        command += ["--max-restarts", str(lives)]
    command += [str(script), *map(str, words)]
    subprocess.run(command, check=True, env=environment(threads))


def curves(folder: Path) -> dict[str, Any]:
    """Largest difference of anything that any step says, for each learner."""
    steps, script, found = 200, ROOT / "tests" / "ranks.py", {}
    ways = {"one": (1, 1), "two": (2, 1), "two threads": (1, 2)}
    for kind in ("float64", "float32"):
        told = {}
        for way, (processes, threads) in ways.items():
            if (kind, way) == ("float64", "two threads"):
                continue
            file = folder / f"{kind}-{way}.json"
            run(processes, script, "all", file, steps, kind, threads=threads)
            told[way] = json.loads(file.read_text())
        found[kind] = {
            way: {name: _apart(told["one"][name], told[way][name]) for name in one}
            for way, one in told.items()
            if way != "one"
        }
        same = [len(set(one["digests"])) == 1 for one in told["two"].values()]
        found[f"{kind}: ranks bit-equal"] = f"{sum(same)} of {len(same)}"
    return {"steps": steps, **found}


def _apart(a: dict[str, Any], b: dict[str, Any]) -> float:
    rows = zip(a["values"], b["values"], strict=True)
    return max(abs(x - y) for r, s in rows for x, y in zip(r, s, strict=True))


def kills(folder: Path) -> str:
    """How many trainings that lost a process end with the undisturbed one's bits."""
    run(2, RANKS, "kills", folder, 20, lives=20)
    told = json.loads((folder / "told.json").read_text())
    return f"{sum(told)} of {len(told)}"


def clocks(folder: Path) -> str:
    """How many trainings by seconds ended at one step on both."""
    run(2, RANKS, "clocks", folder / "out", 10)
    told = json.loads((folder / "out").read_text())
    return f"{sum(told)} of {len(told)}"


def stop(folder: Path) -> dict[str, Any]:
    """Ctrl-C of `aigc train --processes 2`: seconds to the end, and going on."""
    import signal

    words = [sys.executable, "-m", "aigc_course.cli", "train", "vae", "--quiet"]
    words += ["--out", str(folder / "a"), "--processes", "2"]
    running = subprocess.Popen([*words, "--steps", "100000"], env=environment(1))
    while not (folder / "a" / "samples").exists():
        time.sleep(0.5)
    time.sleep(3)
    start = time.perf_counter()
    running.send_signal(signal.SIGINT)
    code = running.wait(60)
    seconds = time.perf_counter() - start
    step = json.loads((folder / "a" / "summary.json").read_text())["step"]
    more = [*words, "--resume", "--steps", str(int(step) + 20)]
    again = subprocess.run(more, env=environment(1)).returncode
    return {"seconds": round(seconds, 2), "exit code": code, "resumed": again == 0}


def speed(folder: Path) -> dict[str, Any]:
    """Images a second: 1 process of 2 threads, and 2 of 1, in turn."""
    found: dict[str, list[float]] = {"1 x 2 threads": [], "2 x 1 thread": []}
    for _ in range(3):
        for name, processes in (("1 x 2 threads", 1), ("2 x 1 thread", 2)):
            run(processes, RANKS, "speed", folder / "out", threads=3 - processes)
            found[name].append(round(json.loads((folder / "out").read_text())))
    pairs = zip(*found.values(), strict=True)
    ratio = statistics.median(two / one for one, two in pairs)
    return {**found, "ratio, median": round(ratio, 3)}


def network(folder: Path) -> dict[str, float]:
    """Seconds of an all-reduce of 2 processes on loopback, by float32 values."""
    run(2, RANKS, "network", folder / "out")
    return json.loads((folder / "out").read_text())


PARTS: dict[str, Callable[[Path], Any]] = {
    part.__name__: part for part in (curves, kills, clocks, stop, speed, network)
}


def recorded() -> dict[str, Any]:
    """The figures of the record."""
    return json.loads(RECORD.read_text(encoding="utf-8"))["figures"]


def networks(figures: dict[str, Any]) -> dict[str, Any]:
    """Loopback as measured, and two that are assumed."""
    from aigc_course.theory.parallel import Network

    times = {int(size): t for size, t in figures["network"]["found"].items()}
    # of two processes: t = 2 (latency + bytes / (2 bandwidth))
    latency = times[1] / 2
    bandwidth = 4e7 / (times[10_000_000] - times[1])
    return {
        "loopback, measured": Network(latency, bandwidth),
        "1 Gbit/s Ethernet, assumed": Network(1e-4, 1.25e8),
        "100 Gbit/s InfiniBand, assumed": Network(5e-6, 1.25e10),
    }


def tables(figures: dict[str, Any]) -> dict[str, str]:
    """The tables of the page, by the name of their place."""
    from aigc_course.theory.parallel import efficiency

    lines = ["| network | latency | bandwidth |", "|---|---|---|"]
    nets = networks(figures)
    for name, net in nets.items():
        speed_ = f"{net.bandwidth / 1e9:.2g} GB/s"
        lines.append(f"| {name} | {net.latency * 1e6:.0f} µs | {speed_} |")
    found = {"networks": "\n".join(lines)}
    for fixed, place in ((True, "shared batch"), (False, "own batches")):
        lines = ["| gradients | network | 8 | 64 | 1,024 |", "|---|---|---|---|---|"]
        for model, size in MODELS.items():
            for name, net in nets.items():
                shares = (
                    f"{efficiency(p, COMPUTE, size, net, fixed):.1%}"
                    for p in (8, 64, 1024)
                )
                lines.append(f"| {model} | {name} | {' | '.join(shares)} |")
        found[place] = "\n".join(lines)
    return found


def write_page() -> None:
    """Put the tables into the page."""
    text = PAGE.read_text(encoding="utf-8")
    for name, table in tables(recorded()).items():
        text = re.sub(
            rf"(<!-- {name} -->\n).*?(<!-- end -->)",
            lambda found, table=table: f"{found[1]}{table}\n{found[2]}",
            text,
            flags=re.S,
        )
    PAGE.write_text(text, encoding="utf-8")


@click.command()
@click.option("--only", multiple=True, type=click.Choice(list(PARTS)))
@click.option("--page", is_flag=True, help="Write the page's tables, measure nothing.")
def main(only: tuple[str, ...], page: bool) -> None:
    """Measure, and write the record."""
    if page:
        return write_page()
    from records import record

    for name in only or PARTS:
        figures = recorded() if RECORD.exists() else {}
        load = round(os.getloadavg()[0], 1)
        with tempfile.TemporaryDirectory() as folder:
            found = PARTS[name](Path(folder))
        now = datetime.now(UTC).date().isoformat()
        figures[name] = {"found": found, "date": now, "load before": load}
        record("together", figures, processes=2, backend="gloo", network="loopback")


if __name__ == "__main__":
    main()
