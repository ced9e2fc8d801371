"""Four times larger: regression against adversarial training, in likeness and look.

    python benchmarks/apps_upscaling.py [--seeds 3] [--steps 900]

MNIST's 10,000 test digits, reduced to 7 x 7 pixels and enlarged again by `apps`: by the
bicubic kernel, by a network that minimises the squared error, and by the same network
against a discriminator; each trained on one thread for a number of steps set
beforehand. PSNR says how near the result is to the original, FID how unlike real digits
all results together are. The bar: the adversarial network's FID is at most a third of
the regression's. Mixtures of the two outputs lie between.
"""

from dataclasses import asdict
from typing import Any

import click
import torch
from apps_common import train_recipe
from records import record
from torch import Tensor

from aigc_course import apps, data, metrics, training

RATIO, TIMES = 3.0, 4


def seen(restored: Tensor, x: Tensor, y: Tensor) -> dict[str, Any]:
    """PSNR, FID, and the share of digits that keep their label."""
    found = apps.trade_off(restored, restored, x, [1.0])[0]
    return {
        "psnr": round(found.psnr, 3),
        "fid": round(found.fid, 4),
        "label_kept": metrics.label_accuracy(restored, y),
    }


def one_seed(x: Tensor, y: Tensor, steps: int, seed: int) -> dict[str, Any]:
    """Both networks of one seed, and the mixtures between them."""
    source, outputs, row = apps.Smaller(TIMES).source(x), {}, {"seed": seed}
    for way in ("regression", "adversarial"):
        learner, seconds = train_recipe(f"upscale-{TIMES}", way, steps, seed)
        outputs[way] = learner.restore(source, torch.Generator().manual_seed(seed))
        row[way] = {**seen(outputs[way], x, y), "cpu_seconds": seconds}
    between = apps.trade_off(outputs["regression"], outputs["adversarial"], x, [0.5])
    row["mixtures"] = [asdict(point) for point in between]
    row["fid_ratio"] = round(row["regression"]["fid"] / row["adversarial"]["fid"], 2)
    loss = row["regression"]["psnr"] - row["adversarial"]["psnr"]
    row["psnr_loss"] = round(loss, 3)
    return row


@click.command()
@click.option("--seeds", default=3)
@click.option("--steps", default=900)
def main(seeds: int, steps: int) -> None:
    """Measure and write benchmarks/records/apps_upscaling.json."""
    torch.set_num_threads(1)
    training.prepare(torch.device("cpu"))
    test = data.load("mnist", "test")
    x, y = data.to_float(test.images), test.labels
    rows: list[dict[str, Any]] = []
    bicubic = seen(apps.Smaller(TIMES).source(x), x, y)
    for seed in range(seeds):
        rows.append(one_seed(x, y, steps, seed))
        least = min(row["fid_ratio"] for row in rows)
        figures = {"bar": RATIO, "least_fid_ratio": least, "reached": least >= RATIO}
        figures |= {"bicubic": bicubic, "seeds": rows}
        record("apps_upscaling", figures, steps=steps, times=TIMES)


if __name__ == "__main__":
    main()
