"""Digits translated into outlines and back, without a pair: do they keep their label?

    python benchmarks/apps_translation.py [--seeds 3] [--steps 800]

A CycleGAN of `apps` learns from MNIST digits and from the outlines of other digits, on
one thread for a number of steps set beforehand. MNIST's 10,000 test digits are
translated both ways. Digits are read by the shipped classifier, outlines by a
classifier trained on outlines. FID says whether the style was met; the same distance
before translation, and that of true outlines of other digits, stand beside it. The bar:
the label is kept by 90 % both ways.
"""

from typing import Any

import click
import torch
from apps_common import train
from records import record
from torch import Tensor

from aigc_course import apps, data, metrics, training

BAR, STYLE = 0.90, "outlined"


def distance(images: Tensor, real: Tensor) -> float:
    """FID in the features of the shipped extractor."""
    return round(metrics.fid(metrics.features(images), metrics.features(real)), 3)


def reader(steps: int) -> tuple[apps.Reader, float]:
    """A classifier of outlines."""
    training.seed_everything(100)
    bf16 = training.bf16_pays(torch.device("cpu"))
    learner = apps.Reader(change=apps.style(STYLE), bf16=bf16)
    return learner, train(learner, steps, 100, labels=True)


def one_seed(
    x: Tensor, y: Tensor, judge: apps.Reader, steps: int, seed: int
) -> dict[str, Any]:
    """A translator of one seed, judged both ways."""
    training.seed_everything(seed)
    learner = apps.CycleGAN(bf16=training.bf16_pays(torch.device("cpu")))
    batches = apps.unpaired(data.load("mnist"), apps.style(STYLE), seed=seed)
    seconds = train(learner, steps, seed, batches=batches)
    outlines = apps.style(STYLE)(x)
    there = learner.translate(x, "there")
    back = learner.translate(outlines, "back")
    return {
        "seed": seed,
        "cpu_seconds": seconds,
        "kept_there": judge.accuracy(there, y),
        "kept_back": metrics.label_accuracy(back, y),
        "fid_there": distance(there, outlines),
        "fid_back": distance(back, x),
        "true_there": round(float((there - outlines).abs().mean()), 4),
        "true_back": round(float((back - x).abs().mean()), 4),
    }


@click.command()
@click.option("--seeds", default=3)
@click.option("--steps", default=800)
@click.option("--reader-steps", default=1_500)
def main(seeds: int, steps: int, reader_steps: int) -> None:
    """Measure and write benchmarks/records/apps_translation.json."""
    torch.set_num_threads(1)
    training.prepare(torch.device("cpu"))
    test = data.load("mnist", "test")
    x, y = data.to_float(test.images), test.labels
    outlines = apps.style(STYLE)(x)
    judge, seconds = reader(reader_steps)
    beside = {
        "reader_on_outlines": judge.accuracy(outlines, y),
        "reader_on_digits": judge.accuracy(x, y),
        "reader_cpu_seconds": seconds,
        "classifier_on_digits": metrics.label_accuracy(x, y),
        "classifier_on_outlines": metrics.label_accuracy(outlines, y),
        "fid_untranslated": distance(x, outlines),
    }
    rows: list[dict[str, Any]] = []
    for seed in range(seeds):
        rows.append(one_seed(x, y, judge, steps, seed))
        least = min(min(row["kept_there"], row["kept_back"]) for row in rows)
        figures = {"bar": BAR, "least_kept": least, "reached": least >= BAR}
        settings = {"steps": steps, "reader_steps": reader_steps, "style": STYLE}
        record("apps_translation", {**figures, **beside, "seeds": rows}, **settings)


if __name__ == "__main__":
    main()
