"""How many samples of the conditional models show the digit that was asked for.

    python benchmarks/conditional.py [--seeds 3] [--cgan-steps N] [--cvae-steps N]

Each model is trained as `aigc train cgan` and `aigc train cvae` do, on one thread, for
a number of steps set beforehand. Then each digit is asked for a thousand times, and the
shipped classifier, which had no part in the training, reads the samples. The
bars: 98 % for the GAN, 97 % for the VAE, each within 300 seconds of processor time.
Precision, recall and coverage (k = 5) and FID compare the 10,000 samples with all
10,000 test digits.
The record is written anew after every model, so that an interrupted run leaves one.
"""

import json
import sys
import time
from typing import Any

import click
import torch
from records import record

from aigc_course import data, metrics, models, training
from aigc_course.metrics.features import read

BARS = {"cgan": 0.98, "cvae": 0.97}
SECONDS, SAMPLES = 300.0, 10_000


def one_run(model: str, seed: int, steps: int) -> dict[str, Any]:
    """Train one model and return what its samples show."""
    digits = data.load("mnist")
    training.seed_everything(seed)
    recipe = models.get(model)
    learner = recipe.build()
    batches = data.batches(digits, recipe.batch_size, seed=seed, labels=True)
    start = time.process_time()
    training.fit(learner, batches, training.Budget(steps=steps), progress=False)
    seconds = time.process_time() - start
    labels = torch.arange(SAMPLES) % 10
    seeded = torch.Generator().manual_seed(seed)
    samples = learner.sample(SAMPLES, seeded, labels=labels)
    return {"seed": seed, "cpu_seconds": round(seconds, 1), **judged(samples, labels)}


def judged(samples: torch.Tensor, labels: torch.Tensor) -> dict[str, Any]:
    """Label accuracy, in all and of the worst digit, and quality and variety."""
    found = metrics.features(samples)
    real = metrics.features(data.load("mnist", "test").images)
    right = read(found) == labels
    by_digit = [float(right[labels == c].double().mean()) for c in range(10)]
    near = metrics.prdc(real, found)
    return {
        "label_accuracy": metrics.label_accuracy(samples, labels),
        "worst_digit": min(by_digit),
        "fid": round(metrics.fid(found, real), 3),
        "precision": round(near.precision, 3),
        "recall": round(near.recall, 3),
        "coverage": round(near.coverage, 3),
    }


def summary(model: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What all seeds reach, against the bar."""
    least = min(row["label_accuracy"] for row in rows)
    most = max(row["cpu_seconds"] for row in rows)
    return {
        "bar": BARS[model],
        "least_label_accuracy": least,
        "greatest_cpu_seconds": most,
        "reached": least >= BARS[model] and most <= SECONDS,
        "seeds": rows,
    }


@click.command()
@click.option("--seeds", default=3)
@click.option("--cgan-steps", default=2_500)
@click.option("--cvae-steps", default=15_000)
def main(seeds: int, cgan_steps: int, cvae_steps: int) -> None:
    """Measure and write benchmarks/records/conditional.json."""
    torch.set_num_threads(1)
    training.prepare(torch.device("cpu"))
    steps = {"cgan": cgan_steps, "cvae": cvae_steps}
    rows: dict[str, list[dict[str, Any]]] = {}
    for seed in range(seeds):
        for model, length in steps.items():
            rows.setdefault(model, []).append(one_run(model, seed, length))
            print(json.dumps({model: rows[model][-1]}), file=sys.stderr, flush=True)
            figures = {name: summary(name, found) for name, found in rows.items()}
            record("conditional", figures, steps=steps, samples=SAMPLES, seeds=seeds)


if __name__ == "__main__":
    main()
