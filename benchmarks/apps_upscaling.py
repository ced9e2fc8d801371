"""Four times larger: regression against adversarial training, in likeness and look.

    python benchmarks/apps_upscaling.py [--seeds 3] [--steps 1500]

MNIST's 10,000 test digits, reduced to 7 x 7 pixels and enlarged again by `apps`: by the
bicubic kernel, by a network that minimises the squared error, and by the same network
against a discriminator; each trained on one thread for a number of steps set
beforehand. PSNR says how near the result is to the original, FID how unlike real digits
all results together are. The bar: the adversarial network's FID is at most a third of
the regression's. The mean of the two outputs
lies between.
"""

from typing import Any

import click
import torch
from apps_common import train_recipe
from records import record
from torch import Tensor

from aigc_course import apps, data, metrics, training
from aigc_course.metrics.features import read

RATIO, TIMES = 3.0, 4


def seen(restored: Tensor, x: Tensor, y: Tensor, real: Tensor) -> dict[str, Any]:
    """PSNR, FID against the features `real`, and the share that keep their label."""
    found = metrics.features(restored)
    return {
        "psnr": round(metrics.psnr(restored, x).mean, 3),
        "fid": round(metrics.fid(found, real), 4),
        "label_kept": float((read(found) == y).double().mean()),
    }


def one_seed(
    x: Tensor, y: Tensor, real: Tensor, steps: int, seed: int
) -> dict[str, Any]:
    """Both networks of one seed, and the mean of their outputs."""
    source, outputs, row = apps.Smaller(TIMES).source(x), {}, {"seed": seed}
    for way in ("regression", "adversarial"):
        learner, seconds = train_recipe(f"upscale-{TIMES}", way, steps, seed)
        outputs[way] = learner.restore(source, torch.Generator().manual_seed(seed))
        row[way] = {**seen(outputs[way], x, y, real), "cpu_seconds": seconds}
    row["mean_of_both"] = seen(sum(outputs.values()) / 2, x, y, real)
    row["fid_ratio"] = round(row["regression"]["fid"] / row["adversarial"]["fid"], 2)
    loss = row["regression"]["psnr"] - row["adversarial"]["psnr"]
    row["psnr_loss"] = round(loss, 3)
    return row


@click.command()
@click.option("--seeds", default=3)
@click.option("--steps", default=1_500)
def main(seeds: int, steps: int) -> None:
    """Measure and write benchmarks/records/apps_upscaling.json."""
    torch.set_num_threads(1)
    training.prepare(torch.device("cpu"))
    test = data.load("mnist", "test")
    x, y = data.to_float(test.images), test.labels
    rows: list[dict[str, Any]] = []
    real = metrics.features(x)
    bicubic = seen(apps.Smaller(TIMES).source(x), x, y, real)
    for seed in range(seeds):
        rows.append(one_seed(x, y, real, steps, seed))
        least = min(row["fid_ratio"] for row in rows)
        figures = {"bar": RATIO, "least_fid_ratio": least, "reached": least >= RATIO}
        figures |= {"bicubic": bicubic, "seeds": rows}
        record("apps_upscaling", figures, steps=steps, times=TIMES)


if __name__ == "__main__":
    main()
