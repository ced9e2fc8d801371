"""Small DCGANs on digits: training, drawing, measuring.

FID is that of the course's own extractor, 2,000 samples against the test images. Real
training images score 0.3 there, uniform noise 400.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import torch
from torch import Tensor

from aigc_course import data, gan, metrics, training
from aigc_course.gan.networks import Generator
from aigc_course.metrics.reference import fid_to_mnist
from aigc_course.studies.shared.common import recipe_config
from aigc_course.studies.shared.networks import (
    SmallDiscriminator,
    SmallGenerator,
)
from aigc_course.studies.study import Cell, Column, Method

SAMPLES = 2_000
FEWEST = 0.01  # share of the samples from which on a digit counts as drawn
COLUMNS = (
    Column("fid", better="lower"),
    Column("classes", "digits drawn", kind="count"),
)
WORST, FEW = 50.0, 6  # FID above, or digits below which a seed has failed
RULE = f"its FID is above {WORST:g} or it draws fewer than {FEW} of the ten digits"


def lost(outcome: Mapping[str, Any]) -> bool:
    """Whether the samples are no digits, or too few of the ten."""
    fid = outcome["fid"]
    return fid is None or fid > WORST or outcome["classes"] < FEW


def small_dcgan(
    g_norm: bool = True, d_norm: bool = True, **settings: Any
) -> gan.Recipe:
    """The small networks, batches of 64. g_norm, d_norm: their batch norm."""
    return gan.Recipe(
        partial(SmallGenerator, norm=g_norm),
        partial(SmallDiscriminator, norm=d_norm),
        64,
        settings,
    )


Look = Callable[[gan.GAN], Mapping[str, Any]]


def method(
    recipe: gan.Recipe,
    steps: int,
    about: str = "",
    *,
    look: Look = lambda model: {},
    place: Mapping[str, float] | None = None,
) -> Method:
    """A method that trains the recipe for so many steps and measures its samples.

    look: what else to note of the trained model.
    """
    config = recipe_config(recipe, steps=steps, samples=SAMPLES)
    run = partial(train_digits, recipe, steps, look)
    return Method(run, config, about, place or {})


def train_digits(
    recipe: gan.Recipe, steps: int, look: Look, cell: Cell
) -> dict[str, Any]:
    """Train on the cell's image set and measure what comes out."""
    model = recipe.build()
    batches = data.batches(data.load(cell.data), recipe.batch_size, seed=cell.seed)
    budget = training.Budget(steps=cell.steps(steps))
    history = training.fit(model, batches, budget, progress=False)
    found = measure(model.trained_generator(), cell)
    return {**found, **look(model), "training": history.status}


def measure(generator: Generator, cell: Cell) -> dict[str, Any]:
    """FID and classes of a generator's samples; a diverged one has drawn no digit."""
    samples = gan.sample(generator, SAMPLES, torch.Generator().manual_seed(cell.seed))
    if not bool(samples.isfinite().all()):
        return {"fid": None, "classes": 0}
    found = metrics.features(samples)
    shares = metrics.class_histogram(found) / SAMPLES
    drawn = int((shares >= FEWEST).sum())
    return {"fid": fid_to_test(found, cell.data), "classes": drawn}


def fid_to_test(found: Tensor, name: str) -> float:
    """FID of features [N, 128] against all test images of the set of this name."""
    if name == "mnist":
        return fid_to_mnist(found)  # whose Gaussian ships with the course
    mine, real = metrics.Gaussian.fit(found), _real(name)
    return metrics.frechet(mine.mean, mine.covariance, real.mean, real.covariance)


@cache
def _real(name: str) -> metrics.Gaussian:
    return metrics.Gaussian.fit(metrics.features(data.load(name, "test").images))
