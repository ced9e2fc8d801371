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
STEPS, BLOCKS = 200, 9
BARS = {"float64": 1e-10, "float32": 1e-5}
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
    """Largest differences of anything that any step says, for each learner."""
    run(2, RANKS, "curves", folder / "out", STEPS)
    return told_curves(folder / "out")


def told_curves(file: Path) -> dict[str, Any]:
    """What `together_ranks.py curves FILE` has written so far, and in short.

    Each learner is trained by two processes, by one, and by one that takes the second
    half of each batch first. The last shows what another order of summation does.
    """
    learners = json.loads(file.read_text(encoding="utf-8"))
    learners = {name: one for name, one in learners.items() if len(one) == 2}
    short = {kind: _short(kind, learners) for kind in BARS}
    ratios = sorted(
        row["two processes"][str(STEPS)] / row["other order"][str(STEPS)]
        for row in (one["float32"] for one in learners.values())
        if row["other order"][str(STEPS)]
    )
    over = {"median": statistics.median(ratios), "range": [ratios[0], ratios[-1]]}
    short["float32"]["two processes over other order"] = over
    return {"steps": STEPS, "learners": len(learners), **short, "by learner": learners}


def _short(kind: str, learners: dict[str, Any]) -> dict[str, Any]:
    rows, bar = [one[kind] for one in learners.values()], BARS[kind]
    equal = sum(row["ranks bit-equal"] for row in rows)
    found: dict[str, Any] = {"ranks bit-equal": f"{equal} of {len(rows)}"}
    for way in ("two processes", "other order"):
        last = [row[way][str(STEPS)] for row in rows]
        within = f"{sum(x <= bar for x in last)} of {len(last)}"
        found[way] = {"largest": max(last), f"within {bar:.0e}": within}
    return found


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
    """Images a second and processor time: 1 process of 2 threads, and 2 of 1, in turn.

    The third way sends nothing, and so learns nothing: it is what computing costs.
    """
    run(2, RANKS, "speed", folder / "out", BLOCKS)
    told = json.loads((folder / "out").read_text())
    one, two, _ = told.values()
    pairs = zip(one, two, strict=True)
    ratios = [b["images a second"] / a["images a second"] for a, b in pairs]
    medians = {
        way: {name: statistics.median(row[name] for row in rows) for name in rows[0]}
        for way, rows in told.items()
    }
    return {
        "medians": medians,
        "ratio, median": round(statistics.median(ratios), 3),
        "ratio, range": [round(min(ratios), 3), round(max(ratios), 3)],
    }


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
    if "curves" in figures:
        found["curves"] = curve_table(figures["curves"]["found"])
    return found


def curve_table(found: dict[str, Any]) -> str:
    """How far each learner gets from one process, in both accuracies."""
    ways = {"two processes": "two processes", "other order": "control"}
    heads = [f"{kind}, {ways[way]}" for kind in BARS for way in ways]
    lines = [f"| learner | {' | '.join(heads)} |", "|---" * (1 + len(heads)) + "|"]
    for name, one in found["by learner"].items():
        cells = (f"{one[k][way][str(STEPS)]:.1e}" for k in BARS for way in ways)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


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
@click.option("--told", type=Path, help="Record curves that this file holds so far.")
@click.option("--page", is_flag=True, help="Write the page's tables, measure nothing.")
def main(only: tuple[str, ...], told: Path | None, page: bool) -> None:
    """Measure, and write the record."""
    if page:
        return write_page()
    from records import record

    for name in ["curves"] if told else only or PARTS:
        figures = recorded() if RECORD.exists() else {}
        load = round(os.getloadavg()[0], 1)
        with tempfile.TemporaryDirectory() as folder:
            found = told_curves(told) if told else PARTS[name](Path(folder))
        now = datetime.now(UTC).date().isoformat()
        figures[name] = {"found": found, "date": now, "load before": load}
        record("together", figures, processes=2, backend="gloo", network="loopback")


if __name__ == "__main__":
    main()
