"""How long a newcomer waits: `make demo`, after installation.

    python benchmarks/demo.py [--runs 3]

Seconds from typing the command to the first sample grid on disk, and to the end of the
report.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

import click
from records import record

ROOT = Path(__file__).resolve().parents[1]


def one_run() -> dict[str, float]:
    """Run the demo once and watch its folder."""
    samples = ROOT / "runs" / "demo" / "samples"
    for old in samples.glob("*.png"):
        old.unlink()
    start, first = time.perf_counter(), None
    command = [sys.executable, ROOT / "tools" / "course.py", "demo"]
    demo = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    while demo.poll() is None:
        if first is None and any(samples.glob("step_*.png")):
            first = time.perf_counter() - start
        time.sleep(0.05)
    if demo.returncode or first is None:
        raise SystemExit("The demo failed.")
    whole = time.perf_counter() - start
    return {"first_grid_s": round(first, 1), "report_s": round(whole, 1)}


@click.command()
@click.option("--runs", default=3)
def main(runs: int) -> None:
    """Measure and write benchmarks/records/demo.json."""
    rows = [one_run() for _ in range(runs)]
    medians = {k: statistics.median(row[k] for row in rows) for k in rows[0]}
    record("demo", {"median": medians, "runs": rows}, runs=runs)


if __name__ == "__main__":
    main()
