"""FID after a training time, over seeds, by the command a reader would use.

    python benchmarks/fid_over_time.py [--seconds 60] [--seeds 3] [--keep DIR]

For each seed: `aigc train dcgan --data mnist --seconds N`, then `aigc sample` of 10,000
images, then the report of `aigc evaluate`, each as its own command. The record holds
every seed's figures; a failed seed is one whose FID is not finite or above 100.
"""

import json
import math
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
import numpy as np
from records import record

from aigc_course import metrics

FAILED = 100.0


def aigc(*words: object) -> str:
    """Run one command of the course and return what it printed."""
    command = [sys.executable, "-m", "aigc_course.cli", *map(str, words)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def one_seed(
    model: str, preset: str, seconds: float, seed: int, keep: Path | None
) -> dict[str, Any]:
    """Train, sample and evaluate one seed in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        run, images = Path(folder) / "run", Path(folder) / "images.npy"
        options = ("--preset", preset, "--data", "mnist", "--seconds", seconds)
        aigc("train", model, *options, "--seed", seed, "--out", run, "--quiet")
        aigc("sample", run, "--n", 10_000, "--out", images)
        report = metrics.report(np.load(images), data="mnist").to_dict()
        summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
        if keep:
            place = keep / f"{model}_{preset}_{seconds:g}s_{seed}"
            shutil.copytree(run, place, dirs_exist_ok=True)
            shutil.copy(images, place)
    names = ("fid", "kid", "precision", "recall", "density", "coverage")
    figures = {name: round(report["samples"][name], 4) for name in names}
    floor = {"floor_fid": report["floor"]["fid"], "near": report["near_copy_rate"]}
    steps = {"steps": int(summary["step"]), "status": summary["status"]}
    return {"seed": seed, **figures, **floor, **steps, "messages": summary["messages"]}


@click.command()
@click.option("--model", default="dcgan")
@click.option("--preset", default="fast")
@click.option("--seconds", default=60.0)
@click.option("--seeds", default=3)
@click.option("--first", default=0, help="The first seed.")
@click.option("--keep", type=Path, help="Copy each seed's run and images there.")
def main(
    model: str, preset: str, seconds: float, seeds: int, first: int, keep: Path | None
) -> None:
    """Measure and write benchmarks/records/fid_MODEL_PRESET_SECONDSs.json."""
    rows = []
    for seed in range(first, first + seeds):
        rows.append(one_seed(model, preset, seconds, seed, keep))
        print(json.dumps(rows[-1]), file=sys.stderr)
    fids = [row["fid"] for row in rows]
    figures = {
        "median_fid": round(statistics.median(fids), 3),
        "least_fid": min(fids),
        "greatest_fid": max(fids),
        "failed": sum(not math.isfinite(fid) or fid > FAILED for fid in fids),
        "seeds": rows,
    }
    name = f"fid_{model}_{preset}_{seconds:g}s"
    record(name, figures, model=model, preset=preset, seconds=seconds)


if __name__ == "__main__":
    main()
