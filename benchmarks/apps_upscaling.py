"""Four times larger: regression against adversarial training, in distortion and look.

    python benchmarks/apps_upscaling.py [--seeds 3] [--steps 1500]

5,000 of MNIST's test digits, reduced to 7 x 7 pixels and enlarged again: by the bicubic
kernel, by a network that minimises the squared error, and by the same network against a
discriminator; each trained on one thread for the same number of steps. PSNR says how
near each result is to its original. FID says how unlike real digits all results
together are, and compares with the *other* 5,000 test digits; "real" is the FID of the
originals themselves, which no restorer can be expected to beat. The bar: the
adversarial network has the lower FID in every seed. The mean of the two outputs lies
between.
"""

from typing import Any

import click
import torch
from apps_common import judged, train_recipe
from records import record
from torch import Tensor

from aigc_course import apps, metrics, training
from aigc_course.metrics.features import read

BAR, TIMES = 1.0, 4  # least ratio of the two FIDs


def seen(restored: Tensor, x: Tensor, y: Tensor, others: Tensor) -> dict[str, Any]:
    """PSNR, FID against features of other digits, and the share that keep their label.

    x: the originals, y: their labels.
    """
    found = metrics.features(restored)
    return {
        "psnr": round(metrics.psnr(restored, x).mean, 3),
        "fid": round(metrics.fid(found, others), 4),
        "label_kept": float((read(found) == y).double().mean()),
    }


def one_seed(
    x: Tensor, y: Tensor, others: Tensor, steps: int, seed: int
) -> dict[str, Any]:
    """Both networks of one seed, and the mean of their outputs."""
    source, outputs, row = apps.SuperResolution(TIMES).source(x), {}, {"seed": seed}
    for way in ("regression", "adversarial"):
        learner, seconds = train_recipe(f"upscale-{TIMES}", way, steps, seed)
        outputs[way] = learner.restore(source, torch.Generator().manual_seed(seed))
        row[way] = {**seen(outputs[way], x, y, others), "cpu_seconds": seconds}
    row["mean_of_both"] = seen(sum(outputs.values()) / 2, x, y, others)
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
    x, y, others = judged()
    rows: list[dict[str, Any]] = []
    bicubic = seen(apps.SuperResolution(TIMES).source(x), x, y, others)
    real = {"fid": round(metrics.fid(metrics.features(x), others), 4)}
    for seed in range(seeds):
        rows.append(one_seed(x, y, others, steps, seed))
        least = min(row["fid_ratio"] for row in rows)
        figures = {"bar": BAR, "least_fid_ratio": least, "reached": least > BAR}
        figures |= {"real": real, "bicubic": bicubic, "seeds": rows}
        record("apps_upscaling", figures, steps=steps, times=TIMES, digits=len(x))


if __name__ == "__main__":
    main()
