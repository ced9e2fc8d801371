"""Measure what the metrics report ships about MNIST's test digits.

    python tools/measure_reference.py

Run it after tools/train_extractor.py. It writes mnist_reference.safetensors (mean and
covariance of the test digits' features, float64), .json (with floor, ceiling and
near-copy threshold for common numbers of samples) and .md into aigc_course/pretrained/.
"""

from dataclasses import asdict
from typing import Any

import click
import torch

from aigc_course import files, pretrained
from aigc_course.metrics import reference as references
from aigc_course.metrics.copies import calibrate
from aigc_course.metrics.features import NAME
from aigc_course.metrics.fid import Gaussian

SIZES = (1_000, 2_000, 5_000, 10_000)  # samples a report is likely to be given


@click.command()
def main() -> None:
    """Measure on full MNIST and write the reference and its cards."""
    real = references.reference("mnist")
    gaussian = Gaussian.fit(real.features)
    tensors = {"mean": gaussian.mean, "covariance": gaussian.covariance}
    kept = {f"scale-{n}": asdict(references.measure_scale(real, n)) for n in SIZES}
    threshold = calibrate(real.test.images, real.train.images)
    about = {
        "what": "features of MNIST's 10,000 test digits, and the scale to read FID on",
        "data": "MNIST test; floor from training digits, ceiling from uniform noise",
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

Floor (training digits) and ceiling (noise) for n images against the 10,000:

| n | FID floor | FID ceiling | KID floor x 1000 | precision, recall at the floor |
|---:|---:|---:|---:|---:|
{rows}

A test digit counts as a near-copy below closeness
{card["kept"]["copy-threshold"]:.4f}; 1 % of them do, by definition.
"""


def _row(n: int, scale: dict[str, Any]) -> str:
    floor, ceiling = scale["floor"], scale["ceiling"]
    return (
        f"| {n:,} | {floor['fid']:.3f} | {ceiling['fid']:.1f}"
        f" | {1000 * floor['kid']:.3f} ± {1000 * floor['kid_se']:.3f}"
        f" | {floor['precision']:.3f}, {floor['recall']:.3f} |"
    )


if __name__ == "__main__":
    main()
