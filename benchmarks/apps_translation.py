"""Digits translated into outlines and back, without a pair: do they keep their label?

    python benchmarks/apps_translation.py [--seeds 3] [--steps 800]

A CycleGAN of `apps` learns from MNIST digits and from the outlines of other digits, on
one thread for a number of steps set beforehand. 5,000 of MNIST's test digits are
translated both ways. Digits are read by the shipped classifier, outlines by a
classifier trained on outlines. FID says whether the style was met: it compares with the
digits, or the outlines, of the other 5,000 test digits. Beside it stand the distance
before translation and that of true outlines and true digits. The bar: the label is kept
by 90 % both ways.

What a translation carries is measured by fresh decoders. They learn to find digits from
translations, from translations rounded to -1 and 1, and from true outlines, for the
same steps and seed: their mean absolute errors on the 5,000 digits.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click
import torch
from apps_common import train
from records import record
from torch import Tensor

from aigc_course import apps, data, metrics, training

BAR, STYLE, DECODER_STEPS = 0.90, "outlined", 900


@dataclass(frozen=True)
class Half:
    """The digits that are translated, their labels, and features of the other half."""

    digits: Tensor
    labels: Tensor
    other_digits: Tensor
    other_outlines: Tensor

    @classmethod
    def of_the_test_digits(cls) -> "Half":
        """Two random halves of MNIST's test digits."""
        test = data.load("mnist", "test")
        mine, others = data.parts(test, len(test) // 2, len(test) // 2)
        digits = data.to_float(others.images)
        return cls(
            data.to_float(mine.images),
            mine.labels,
            metrics.features(digits),
            metrics.features(apps.style(STYLE)(digits)),
        )


def distance(images: Tensor, others: Tensor) -> float:
    """FID against features of other pictures."""
    return round(metrics.fid(metrics.features(images), others), 3)


def reader(steps: int) -> tuple[apps.DigitClassifier, float]:
    """A classifier of outlines."""
    training.seed_everything(100)
    bf16 = training.bf16_pays(torch.device("cpu"))
    learner = apps.DigitClassifier(change=apps.style(STYLE), bf16=bf16)
    return learner, train(learner, steps, 100, labels=True)


def one_seed(
    half: Half, judge: apps.DigitClassifier, steps: int, seed: int
) -> dict[str, Any]:
    """A translator of one seed, judged both ways."""
    x, y = half.digits, half.labels
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
        "fid_there": distance(there, half.other_outlines),
        "fid_back": distance(back, half.other_digits),
        "true_there": round(float((there - outlines).abs().mean()), 4),
        "true_back": round(float((back - x).abs().mean()), 4),
        "carried": carried(learner, x, seed),
    }


def carried(learner: apps.CycleGAN, x: Tensor, seed: int) -> dict[str, list[float]]:
    """Errors of fresh decoders, and how much less than from true outlines they are.

    Each entry is a value and the half-width of its 95 % interval over pictures.
    """
    there = learner.trained()["there"]
    kinds: dict[str, Callable[[Tensor], Tensor]] = {
        "outlines": apps.style(STYLE),
        "translations": there,
        "rounded": lambda images: torch.where(there(images) > 0, 1.0, -1.0),
    }
    errors = {}
    for name, change in kinds.items():
        batches = data.batches(data.load("mnist"), 64, seed=seed)
        errors[name] = apps.found_again(
            change,
            batches,
            x,
            steps=DECODER_STEPS,
            seed=seed,
            network=apps.Translator,
            bf16=training.bf16_pays(torch.device("cpu")),
        )
    found = {name: [round(float(e.mean()), 5), 0.0] for name, e in errors.items()}
    for name in ("translations", "rounded"):
        gap = apps.difference(errors["outlines"], errors[name])
        found[f"{name} less"] = [round(value, 5) for value in gap]
    return found


@click.command()
@click.option("--seeds", default=3)
@click.option("--steps", default=800)
@click.option("--reader-steps", default=1_500)
def main(seeds: int, steps: int, reader_steps: int) -> None:
    """Measure and write benchmarks/records/apps_translation.json."""
    torch.set_num_threads(1)
    training.prepare(torch.device("cpu"))
    half = Half.of_the_test_digits()
    x, y = half.digits, half.labels
    outlines = apps.style(STYLE)(x)
    judge, seconds = reader(reader_steps)
    beside = {
        "reader_on_outlines": judge.accuracy(outlines, y),
        "reader_on_digits": judge.accuracy(x, y),
        "reader_cpu_seconds": seconds,
        "classifier_on_digits": metrics.label_accuracy(x, y),
        "classifier_on_outlines": metrics.label_accuracy(outlines, y),
        "fid_untranslated": distance(x, half.other_outlines),
        "fid_true_outlines": distance(outlines, half.other_outlines),
        "fid_true_digits": distance(x, half.other_digits),
    }
    rows: list[dict[str, Any]] = []
    for seed in range(seeds):
        rows.append(one_seed(half, judge, steps, seed))
        least = min(min(row["kept_there"], row["kept_back"]) for row in rows)
        figures = {"bar": BAR, "least_kept": least, "reached": least >= BAR}
        settings = {"steps": steps, "reader_steps": reader_steps, "style": STYLE}
        record("apps_translation", {**figures, **beside, "seeds": rows}, **settings)


if __name__ == "__main__":
    main()
