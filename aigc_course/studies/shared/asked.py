"""A small conditional GAN, trained on a set made for the cell, judged on clean digits.

The networks of `networks.py` with a condition: 16,000 weights in G. FID is as in
`digits.py`; precision, recall and coverage compare 2,000 samples, each digit asked for
equally often, with a random part of 2,000 test images. The file's first 2,000 would not
be a fair sample of them.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import torch
from torch import Tensor, nn

from aigc_course import data, gan, metrics, training
from aigc_course.gan.networks import Generator, start_small
from aigc_course.metrics.features import read
from aigc_course.studies.shared.common import recipe_config
from aigc_course.studies.shared.digits import SAMPLES, fid_to_test
from aigc_course.studies.shared.networks import (
    SmallDiscriminator,
    SmallGenerator,
)
from aigc_course.studies.study import Cell, Column, Method

IMAGES = 10_000  # in a training set, before it is damaged
STEPS, BATCH = 800, 32  # 25,600 pictures are shown, some of them again
LOUDNESS = 8.0  # the first weights of the class, beside those of 32 latents
REAL_SEED = 20
COLUMNS = (
    Column("fid", better="lower"),
    Column("label_accuracy", "drawn as asked", kind="share"),
    Column("precision", kind="share"),
    Column("recall", kind="share"),
    Column("coverage", kind="share"),
)
SETTINGS: dict[str, Any] = {
    "lr": 3e-3,
    "betas": (0.5, 0.99),
    "ema": 3_000,
    "lr_warmup": 2_000,
    "decay_start": 0.5,
    "final_lr_factor": 0.0,
}
Maker = Callable[[Cell], data.ImageSet]
Look = Callable[[Tensor, Cell], dict[str, Any]]


class SmallAsked(gan.ConditionalGenerator):
    """The small generator with a one-hot class beside its latents."""

    def __init__(self, latent: int = 32, classes: int = 10) -> None:
        layers = list(SmallGenerator(latent + classes).net)
        Generator.__init__(self, latent, layers)
        self.classes, self.attributes = classes, 0
        first = layers[0]
        assert isinstance(first, nn.Linear)
        with torch.no_grad():
            first.weight[:, latent:] *= LOUDNESS


class SmallProjection(gan.ProjectionDiscriminator):
    """The small discriminator with a projection of the class on its features."""

    def __init__(self, classes: int = 10) -> None:
        nn.Module.__init__(self)
        self.classes, self.attributes = classes, 0
        *body, score = SmallDiscriminator().net
        assert isinstance(score, nn.Linear)
        self.net, self.score = nn.Sequential(*body), nn.Sequential(score)  # [N, 784]
        self.hidden = nn.Sequential(nn.Identity())
        self.embed = nn.Linear(classes, score.in_features, bias=False)
        start_small([self.embed])


RECIPE = gan.Recipe(
    SmallAsked, SmallProjection, BATCH, SETTINGS, learner=gan.ConditionalGAN
)


def method(
    made: Maker,
    about: str,
    *,
    recipe: gan.Recipe = RECIPE,
    place: Mapping[str, float] | None = None,
    look: Look | None = None,
    steps: int = STEPS,
    config: Mapping[str, Any] | None = None,
) -> Method:
    """A method that trains on the set that `made` gives for a cell.

    look: what to note of the samples' features, instead of `judge`. config: what the
    set depends on.
    """
    told = recipe_config(recipe, steps=steps, samples=SAMPLES, **config or {})
    return Method(
        partial(train, recipe, steps, made, look or judge), told, about, place or {}
    )


def train(
    recipe: gan.Recipe,
    steps: int,
    made: Maker,
    look: Look,
    cell: Cell,
) -> dict[str, Any]:
    """Train on the cell's set and measure what comes out against clean test digits."""
    images = made(cell)
    model = recipe.build()
    size = min(recipe.batch_size, len(images))
    asked = issubclass(recipe.learner, gan.ConditionalGAN)
    batches = data.batches(images, size, seed=cell.seed, labels=asked)
    budget = training.Budget(steps=cell.steps(steps))
    history = training.fit(model, batches, budget, progress=False)
    noted = {"images": len(images), "training": history.status}
    samples = model.sample(SAMPLES, torch.Generator().manual_seed(cell.seed))
    if not bool(samples.isfinite().all()):
        return {"fid": None, **noted}
    return {**look(metrics.features(samples), cell), **noted}


def judge(found: Tensor, cell: Cell) -> dict[str, Any]:
    """The columns for features [2000, 128]; samples went through the digits in turn."""
    near = metrics.prdc(real(cell.data), found)
    right = read(found) == torch.arange(len(found)) % 10
    return {
        "fid": fid_to_test(found, cell.data),
        "label_accuracy": float(right.double().mean()),
        "precision": near.precision,
        "recall": near.recall,
        "coverage": near.coverage,
    }


@cache
def real(name: str) -> Tensor:
    """Features of 2,000 test images at random, or of all there are, [M, 128]."""
    test = data.load(name, "test")
    some = data.subset(test, min(SAMPLES, len(test)), REAL_SEED)
    return metrics.features(some.images)


def some(cell: Cell, n: int = IMAGES) -> data.ImageSet:
    """n training images, or all there are; another choice for each seed."""
    images = data.load(cell.data)
    return data.subset(images, min(n, len(images)), cell.seed)
