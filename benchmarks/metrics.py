"""Time and memory of the metrics, side by side with public implementations.

    python benchmarks/metrics.py [--runs 5] [--threads 2]

Each run is a process of its own, so that its peak memory is its own, and the ways to
compute one figure take turns, so that a busy minute hits them all. Writes
records/metrics.json. Cases that need MNIST are left out where it is not; public
implementations that are not installed, too.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median
from typing import Any

import click
import psutil
import torch
from metric_ways import FIGURES, D, N, Way
from records import record

from aigc_course.errors import CourseError

WAYS = {way.__name__: way for ways in FIGURES for way in ways}
QUICK = 2.0  # seconds
BARS = {"fid": (0.3, 1_000), "prdc": (6.0, 1_000)}  # seconds, MB at most


def measure(way: str, threads: int) -> dict[str, Any]:
    """One run in this process, after its inputs are made and its imports done.

    A quick one is run twice and the second counts: the first also loads libraries.
    """
    torch.set_num_threads(threads)
    run = WAYS[way]()
    before, found = peak_mb(), timed(run)
    if found["cpu_seconds"] < QUICK:
        found = timed(run)
    memory = {"peak_mb": round(peak_mb()), "above_inputs_mb": round(peak_mb() - before)}
    return found | memory


def timed(run: Way) -> dict[str, Any]:
    """Seconds on the clock and on the processor, and what the run returned."""
    cpu, started = time.process_time(), time.perf_counter()
    value = run()
    return {
        "seconds": round(time.perf_counter() - started, 4),
        "cpu_seconds": round(time.process_time() - cpu, 4),
        "value": value,
    }


def peak_mb() -> float:
    """Peak memory of this process so far."""
    if sys.platform == "win32":
        return psutil.Process().memory_info().peak_wset / 1e6
    import resource

    unit = 1 if sys.platform == "darwin" else 1024  # bytes on macOS, else KiB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def in_own_process(way: str, threads: int) -> dict[str, Any]:
    """What `measure` gives, from a fresh Python."""
    command = [sys.executable, "-W", "ignore", __file__, "--way", way]
    command += ["--threads", str(threads)]
    limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads))
    environment = {**os.environ, **limits}
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, env=environment
    )
    return json.loads(done.stdout.splitlines()[-1])


def side_by_side(runs: int, threads: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and summary of every way, those of one figure having taken turns."""
    for ways in FIGURES:
        names = [way.__name__ for way in ways]
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
        for _ in range(runs):
            for name in names:
                found[name].append(in_own_process(name, threads))
        yield from ((name, summary(name, found[name])) for name in names)


def summary(name: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians over the runs, every single time, and whether the bar is reached."""
    if "left_out" in runs[0]:
        return runs[0]
    keys = ("seconds", "cpu_seconds", "peak_mb", "above_inputs_mb")
    found = {key: round(median(run[key] for run in runs), 4) for key in keys}
    found |= {"all_seconds": [r["seconds"] for r in runs], "value": runs[0]["value"]}
    if name in BARS:
        seconds, memory = BARS[name]
        reached = found["seconds"] <= seconds and found["peak_mb"] <= memory
        found |= {"bar": f"{seconds} s, {memory} MB", "bar_reached": reached}
    return found


@click.command()
@click.option("--runs", default=5, show_default=True)
@click.option("--threads", default=2, show_default=True)
@click.option("--way", type=click.Choice(list(WAYS)), help="One run, in this process.")
def main(runs: int, threads: int, way: str | None) -> None:
    """Measure every way and write the record."""
    if way:
        try:
            click.echo(json.dumps(measure(way, threads)))
        except (CourseError, ImportError) as error:
            click.echo(json.dumps({"left_out": str(error)}))
        return
    settings = {"n": N, "d": D, "runs": runs, "threads_each": threads}
    record("metrics", dict(side_by_side(runs, threads)), **settings)


if __name__ == "__main__":
    main()
