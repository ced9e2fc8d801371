"""How many digits can be read again after their middle was cut out and completed?

    python benchmarks/apps_inpainting.py [--seeds 3] [--steps 1700]

A hole of 14 x 14 pixels in the middle of MNIST's 10,000 test digits. The shipped
classifier, which had no part in the training, reads the digits with the hole black (the
floor), completed by a thin plate (classical), and completed by the network of `apps`,
trained on one thread for a number of steps set beforehand. The ceiling is a classifier
of the same build that was trained on digits with the hole. The bars: 75 %, and 20
points above the classical method. Inverting the shipped generator is slow, and judged
on the first 200 test digits.
"""

import time
from typing import Any

import click
import torch
from apps_common import train, train_recipe
from records import record
from torch import Tensor

from aigc_course import apps, classical, data, gan, metrics, training
from aigc_course.metrics.features import read

BAR, ABOVE, FEW, MANY = 0.75, 0.20, 200, 1_000
HOLE = apps.centre_hole(14)


def blank(images: Tensor) -> Tensor:
    """The hole, black."""
    return images.masked_fill(HOLE, -1)


def seen(completed: Tensor, real: Tensor, labels: Tensor) -> dict[str, float]:
    """What the classifier and PSNR say of completed digits."""
    return {
        "accuracy": metrics.label_accuracy(completed, labels),
        "psnr": round(metrics.psnr(completed, real).mean, 3),
    }


def inversion(x: Tensor, y: Tensor) -> dict[str, Any]:
    """The shipped generator, inverted under the mask."""
    start = time.process_time()
    found = apps.invert(gan.pretrained_generator(), x[:FEW], HOLE, steps=100)
    seconds = round(time.process_time() - start, 1)
    return {"images": FEW, **seen(found, x[:FEW], y[:FEW]), "cpu_seconds": seconds}


def learned(x: Tensor, y: Tensor, steps: int, seed: int) -> dict[str, Any]:
    """The completion network of one seed."""
    learner, seconds = train_recipe("inpaint", "adversarial", steps, seed)
    source, chance = apps.hide(x, HOLE), torch.Generator().manual_seed(seed)
    done = learner.restore(source, chance)
    others = [learner.restore(source[:MANY], chance) for _ in range(2)]
    spread = apps.diversity([done[:MANY], *others], HOLE)
    found = metrics.features(done)
    return {
        "seed": seed,
        "cpu_seconds": seconds,
        "accuracy": float((read(found) == y).double().mean()),
        "psnr": round(metrics.psnr(done, x).mean, 3),
        "fid": round(metrics.fid(found, metrics.features(x)), 4),
        "spread": round(spread.spread, 4),
        "disagreement": round(spread.disagreement, 4),
    }


def ceiling(x: Tensor, y: Tensor, steps: int, seed: int) -> dict[str, Any]:
    """A classifier that learnt from digits with the hole."""
    training.seed_everything(seed)
    reader = apps.Reader(change=blank, bf16=training.bf16_pays(torch.device("cpu")))
    seconds = train(reader, steps, seed, labels=True)
    return {"accuracy": reader.accuracy(blank(x), y), "cpu_seconds": seconds}


def summary(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures with the verdict on the bars."""
    least = min(row["accuracy"] for row in figures["learned"])
    found = {"bar": BAR, "points_above": ABOVE, "least_accuracy": least, **figures}
    if "classical" in figures:
        gain = least - figures["classical"]["accuracy"]
        found["reached"] = least >= BAR and gain >= ABOVE
    return found


@click.command()
@click.option("--seeds", default=3)
@click.option("--steps", default=1_700)
@click.option("--reader-steps", default=2_000)
def main(seeds: int, steps: int, reader_steps: int) -> None:
    """Measure and write benchmarks/records/apps_inpainting.json."""
    torch.set_num_threads(1)
    training.prepare(torch.device("cpu"))
    test = data.load("mnist", "test")
    x, y = data.to_float(test.images), test.labels
    settings = {"steps": steps, "reader_steps": reader_steps}
    rest = {
        "floor": lambda: seen(blank(x), x, y),
        "classical": lambda: seen(classical.inpaint(x, HOLE), x, y),
        "ceiling": lambda: ceiling(x, y, reader_steps, 0),
        "inversion": lambda: inversion(x, y),
    }
    rows = [learned(x, y, steps, 0)]
    figures: dict[str, Any] = {"learned": rows}
    for name, measure in rest.items():
        figures[name] = measure()
        record("apps_inpainting", summary(figures), **settings)
    for seed in range(1, seeds):
        rows.append(learned(x, y, steps, seed))
        record("apps_inpainting", summary(figures), **settings)


if __name__ == "__main__":
    main()
