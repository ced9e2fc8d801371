"""How many digits can be read again after their middle was cut out and filled in?

    python benchmarks/apps_inpainting.py [--seeds 3] [--steps 1700]

A hole of 14 x 14 pixels in the middle of 5,000 of MNIST's test digits. The shipped
classifier, which had no part in any training here, reads the digits: with the hole left
black (the floor); filled by a thin plate; filled from the nearest of the 60,000
training digits, judged by the pixels around the hole, and from the mean of the ten
nearest; filled by the network of `apps`, trained by regression and against a
discriminator for the same number of steps on one thread. The ceiling is a classifier of
the same build that was trained on digits with the hole. FID compares with the other
5,000 test digits; "real" is that of the digits themselves. Inverting the shipped
generator is slow, and judged on a random 200 of the digits.

The bars: every seed of the adversarial network reads 75 %, and every seed reads more
than the best rival, which is the look-up or the regression, by more than two standard
errors of a share of 5,000.
"""

import time
from typing import Any

import click
import torch
from apps_common import judged, train, train_recipe
from records import record
from torch import Tensor

from aigc_course import apps, classical, data, gan, metrics, training
from aigc_course.metrics.features import read

BAR, ABOVE, FEW, MANY = 0.75, 0.012, 200, 1_000
HOLE = apps.centre_hole(14)


def blank(images: Tensor) -> Tensor:
    """The hole, black."""
    return images.masked_fill(HOLE, -1)


def seen(completed: Tensor, real: Tensor, labels: Tensor) -> dict[str, float]:
    """What the classifier and PSNR say of filled-in digits."""
    return {
        "accuracy": metrics.label_accuracy(completed, labels),
        "psnr": round(metrics.psnr(completed, real).mean, 3),
    }


def distance(images: Tensor, others: Tensor) -> float:
    """FID against the features of other digits."""
    return round(metrics.fid(metrics.features(images), others), 4)


def looked_up(x: Tensor, y: Tensor, others: Tensor, k: int) -> dict[str, Any]:
    """The mean of the k training digits that fit the known pixels best."""
    start = time.process_time()
    found = classical.look_up(x, HOLE, data.load("mnist").images, k)
    seconds = round(time.process_time() - start, 1)
    row = {**seen(found, x, y), "fid": distance(found, others)}
    return {"nearest": k, **row, "cpu_seconds": seconds}


def inversion(x: Tensor, y: Tensor) -> dict[str, Any]:
    """The shipped generator, inverted under the mask."""
    start = time.process_time()
    found = apps.invert(gan.pretrained_generator(), x[:FEW], HOLE, steps=100)
    seconds = round(time.process_time() - start, 1)
    return {"images": FEW, **seen(found, x[:FEW], y[:FEW]), "cpu_seconds": seconds}


def learned(
    x: Tensor, y: Tensor, others: Tensor, way: str, steps: int, seed: int
) -> dict[str, Any]:
    """The network of one seed, trained in one way."""
    learner, seconds = train_recipe("inpaint", way, steps, seed)
    source, chance = apps.hide(x, HOLE), torch.Generator().manual_seed(seed)
    done = learner.restore(source, chance)
    again = [learner.restore(source[:MANY], chance) for _ in range(2)]
    spread = apps.diversity([done[:MANY], *again], HOLE)
    found = metrics.features(done)
    return {
        "seed": seed,
        "cpu_seconds": seconds,
        "accuracy": float((read(found) == y).double().mean()),
        "psnr": round(metrics.psnr(done, x).mean, 3),
        "fid": round(metrics.fid(found, others), 4),
        "spread": round(spread.spread, 4),
        "disagreement": round(spread.disagreement, 4),
    }


def ceiling(x: Tensor, y: Tensor, steps: int, seed: int) -> dict[str, Any]:
    """A classifier that learnt from digits with the hole."""
    training.seed_everything(seed)
    reader = apps.DigitClassifier(
        change=blank, bf16=training.bf16_pays(torch.device("cpu"))
    )
    seconds = train(reader, steps, seed, labels=True)
    return {"accuracy": reader.accuracy(blank(x), y), "cpu_seconds": seconds}


RIVALS = ("classical", "nearest", "mean_of_10")


def summary(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures with the verdict on the bars."""
    least = min(row["accuracy"] for row in figures["learned"])
    rivals = [figures[name]["accuracy"] for name in RIVALS if name in figures]
    rivals += [row["accuracy"] for row in figures["regression"]]
    best = max(rivals, default=0.0)
    reached = least >= BAR and least - best > ABOVE
    bars = {"bar": BAR, "points_above": ABOVE}
    return {
        **bars,
        "least_accuracy": least,
        "best_rival": best,
        "reached": reached,
    } | figures


@click.command()
@click.option("--seeds", default=3)
@click.option("--steps", default=1_700)
@click.option("--reader-steps", default=2_000)
def main(seeds: int, steps: int, reader_steps: int) -> None:
    """Measure and write benchmarks/records/apps_inpainting.json."""
    torch.set_num_threads(1)
    training.prepare(torch.device("cpu"))
    x, y, others = judged()
    settings = {"steps": steps, "reader_steps": reader_steps, "digits": len(x)}
    figures: dict[str, Any] = {
        "learned": [learned(x, y, others, "adversarial", steps, 0)],
        "regression": [],
        "real": {**seen(x.clone(), x, y), "fid": distance(x, others), "psnr": None},
        "floor": seen(blank(x), x, y),
        "classical": seen(classical.inpaint(x, HOLE), x, y),
        "nearest": looked_up(x, y, others, 1),
        "mean_of_10": looked_up(x, y, others, 10),
        "inversion": inversion(x, y),
        "ceiling": ceiling(x, y, reader_steps, 0),
    }
    for seed in range(seeds):
        figures["regression"].append(learned(x, y, others, "regression", steps, seed))
        if seed:
            row = learned(x, y, others, "adversarial", steps, seed)
            figures["learned"].append(row)
        record("apps_inpainting", summary(figures), **settings)


if __name__ == "__main__":
    main()
