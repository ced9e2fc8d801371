"""Measure what the metrics report ships about MNIST's test digits.

    python tools/measure_reference.py
    python tools/measure_reference.py --floors

Run it after tools/train_extractor.py. It writes mnist_reference.safetensors (mean and
covariance of the test digits' features, float64), .json (with floor, ceiling and
near-copy threshold for common numbers of samples) and .md into aigc_course/pretrained/.
With --floors it writes nothing and prints how near real digits come to real digits.
"""

from dataclasses import asdict
from statistics import median
from typing import Any

import click
import torch

from aigc_course import data, files, pretrained
from aigc_course.metrics import reference as references
from aigc_course.metrics.copies import calibrate
from aigc_course.metrics.features import NAME, features
from aigc_course.metrics.fid import Gaussian, fid

SIZES = (1_000, 2_000, 5_000, 10_000)  # samples a report is likely to be given
FLOORS = (1_000, 2_000, 3_000)  # test digits that chapters compare with
TRAINING, SEEDS = 5_000, 20


@click.command()
@click.option("--floors", is_flag=True, help="Print FIDs of real digits, and no more.")
def main(floors: bool) -> None:
    """Measure on full MNIST and write the reference and its cards."""
    real = references.reference("mnist")
    if floors:
        click.echo(_floors(real))
        return
    gaussian = Gaussian.fit(real.features)
    tensors = {"mean": gaussian.mean, "covariance": gaussian.covariance}
    kept = {
        f"scale-{n}": _short(asdict(references.measure_scale(real, n))) for n in SIZES
    }
    threshold = calibrate(real.test.images, real.train.images)
    about = {
        "what": "features of MNIST's 10,000 test digits, and the scale to read FID on",
        "data": "MNIST test; floor: random training digits, ceiling: uniform noise",
        "extractor": NAME,
        "extractor_sha256": pretrained.card(NAME)["sha256"],
        "digest": real.digest,
        "command": "python tools/measure_reference.py",
        "torch": torch.__version__.split("+")[0],
        "license": "MIT",
        "kept": {**kept, "copy-threshold": threshold},
    }
    written = pretrained.write(references.SHIPPED, tensors, about)
    text = describe(written)
    files.write_text(pretrained.FOLDER / f"{references.SHIPPED}.md", text)
    click.echo(text)


def _floors(real: references.Reference) -> str:
    """FID of random training digits to n random test digits, over the seeds."""
    found: dict[int, list[float]] = {n: [] for n in FLOORS}
    for seed in range(SEEDS):
        train = features(data.subset(real.train, TRAINING, seed).images)
        for n in FLOORS:
            test = features(data.subset(real.test, n, seed).images)
            found[n].append(fid(train, test))
    return "\n".join(
        f"FID of {TRAINING:,} random training digits to {n:,} random test digits,"
        f" {SEEDS} seeds: median {median(each):.3f}, {min(each):.3f} to {max(each):.3f}"
        for n, each in found.items()
    )


def _short(value: Any) -> Any:
    """Six digits of every number are plenty, and keep the file small."""
    if isinstance(value, dict):
        return {key: _short(each) for key, each in value.items()}
    return float(f"{value:.6g}") if isinstance(value, float) else value


def describe(card: dict[str, Any]) -> str:
    """The card as Markdown for people."""
    rows = "\n".join(_row(n, card["kept"][f"scale-{n}"]) for n in SIZES)
    return f"""# {card["name"]}

Mean and covariance of the features of MNIST's 10,000 test digits, so that FID can be
computed where MNIST is not, and the scale on which the report's figures are read.

| | |
|---|---|
| data | {card["data"]} |
| extractor | {card["extractor"]}, SHA-256 `{card["extractor_sha256"]}` |
| command | `{card["command"]}` |
| torch | {card["torch"]} |
| SHA-256 | `{card["sha256"]}` ({card["bytes"]:,} bytes) |
| licence | {card["license"]} |

Floor (n random training digits) and ceiling (n images of noise) against the 10,000.
± is the half-width of a 95 % interval.

| n | FID floor | FID ceiling | KID floor x 1000 | precision, recall at the floor |
|---:|---:|---:|---:|---:|
{rows}

A test digit counts as a near-copy below closeness
{card["kept"]["copy-threshold"]:.4f}; 1 % of them do, by definition.
"""


def _row(n: int, scale: dict[str, Any]) -> str:
    floor, ceiling = scale["floor"], scale["ceiling"]
    error = floor["errors"]
    return (
        f"| {n:,} | {floor['fid']:.3f} ± {error['fid']:.3f} | {ceiling['fid']:.1f}"
        f" | {1000 * floor['kid']:.2f} ± {1000 * error['kid']:.2f}"
        f" | {floor['precision']:.3f}, {floor['recall']:.3f} |"
    )


if __name__ == "__main__":
    main()
