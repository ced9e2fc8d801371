"""Few labels: does generated data help a classifier?

A cell draws its labelled digits by its seed. Whoever generates has seen these and no
others, with their labels. Then one classifier learns for the same number of steps,
whatever lies beside the real digits, and reads all test digits.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from aigc_course import data, gan, metrics, training, vae
from aigc_course.apps import augmentation
from aigc_course.studies.config import describe
from aigc_course.studies.shared import asked
from aigc_course.studies.shared.common import recipe_config
from aigc_course.studies.study import Cell, Column, Method, Study
from aigc_course.vae.conditional import conditional

LABELS = (50, 100, 500, 5_000)
DRAWN = 2_000  # generated digits, each class equally often
LEARN: Mapping[str, Any] = {"steps": 300, "batch_size": 32, "lr": 2e-3}
GAN_STEPS, VAE_STEPS = 800, 1_000
USELESS = 0.5  # accuracy below which a seed has failed
COLUMNS = (
    Column("accuracy", "on test digits", kind="share"),
    Column("drawn_as_asked", "of generated digits", kind="share"),
)
# the small conditional GAN of chapter 14; D sees each digit moved by up to a pixel, or
# it would know a small set by heart
GAN = replace(
    asked.RECIPE, settings={**asked.SETTINGS, "augment": gan.RandomTranslation(1)}
)
# few latents and beta above 1 leave the class to the label; the rate rises and the
# average forgets within these few steps
VAE = vae.Recipe(
    partial(conditional, (400,), 8),
    64,
    {
        "lr": 3e-3,
        "lr_warmup": 4_000,
        "decay_start": 0.3,
        "final_lr_factor": 0.0,
        "ema": 4_000,
        "beta": 1.5,
    },
)
WAYS = {
    "none": "Nothing beside the real digits.",
    "classical": "Real digits, turned and shifted a little in each batch.",
    "gan": "Half of each batch from a conditional GAN.",
    "vae": "Half of each batch from a conditional VAE.",
    "classical-gan": "Half from the GAN, all of it turned and shifted.",
    "classical-vae": "Half from the VAE, all of it turned and shifted.",
}


def study() -> Study:
    """Four amounts of labels, six ways to make the most of them."""
    return Study(
        "augmentation",
        "Does generated data help a classifier that has few labels?",
        {f"{way}-{n}": _method(way, n) for n in LABELS for way in WAYS},
        COLUMNS,
        failed=lambda outcome: outcome["accuracy"] < USELESS,
        rule=f"it reads fewer than {USELESS:.0%} of the test digits rightly",
        seconds=15,
        seeds=5,
        data="auto",
    )


def _method(way: str, n: int) -> Method:
    told = {"way": way, "labels": n, "learn": describe(LEARN), **_told(way)}
    return Method(partial(run, way, n), told, WAYS[way], {"labels": n})


def _told(way: str) -> dict[str, Any]:
    """What the generator of a way is, for the record."""
    if way.endswith("gan"):
        return {"drawn": DRAWN, "generator": recipe_config(GAN, steps=GAN_STEPS)}
    if way.endswith("vae"):
        kept = {"networks": describe(VAE.networks), "batch_size": VAE.batch_size}
        kept |= {"steps": VAE_STEPS, "settings": describe(VAE.settings)}
        return {"drawn": DRAWN, "generator": kept}
    return {}


def run(way: str, n: int, cell: Cell) -> dict[str, Any]:
    """Learn from n labels in one of the WAYS, and read the test digits."""
    known, test = labelled(cell, n), data.load(cell.data, "test")
    drawn = generated(way, known, cell)
    change = augmentation.augment if way.startswith("classical") else None
    told = {**LEARN, "steps": cell.steps(LEARN["steps"])}
    reader = augmentation.learn(known, drawn, change=change, seed=cell.seed, **told)
    return {
        "accuracy": reader.accuracy(data.to_float(test.images), test.labels),
        "drawn_as_asked": metrics.label_accuracy(*drawn) if drawn else None,
        "labels": len(known),
    }


def labelled(cell: Cell, n: int) -> data.ImageSet:
    """n labelled digits or as many as there are, each class equally often."""
    images = data.load(cell.data)
    most = len(images.classes) * int(images.labels.bincount().min())
    return augmentation.few(images, min(n, most), cell.seed)


def generated(
    way: str, known: data.ImageSet, cell: Cell
) -> tuple[Tensor, Tensor] | None:
    """Digits and labels from a generator that learnt from `known`; None without one."""
    if way.endswith("gan"):
        model: Any = GAN.build()
        size, steps = GAN.batch_size, GAN_STEPS
    elif way.endswith("vae"):
        model, size, steps = VAE.build(), VAE.batch_size, VAE_STEPS
    else:
        return None
    batches = data.batches(known, min(size, len(known)), seed=cell.seed, labels=True)
    training.fit(model, batches, training.Budget(cell.steps(steps)), progress=False)
    labels = torch.arange(DRAWN) % len(known.classes)
    chance = torch.Generator().manual_seed(cell.seed)
    return model.sample(DRAWN, chance, labels=labels), labels
