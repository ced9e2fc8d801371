"""Stacked MNIST: a thousand combinations of three digits, 26,000 samples."""

from dataclasses import replace
from functools import partial
from typing import Any

import torch

from aigc_course import data, gan, training
from aigc_course.data.stacked import StackedBatches
from aigc_course.gan.packing import Packed
from aigc_course.gan.stacked import STACKED, StackedDiscriminator
from aigc_course.metrics.stacked import stacked_modes
from aigc_course.studies.shared.common import recipe_config
from aigc_course.studies.study import Cell, Column, Method, Study

SAMPLES = 26_000
STEPS = 24_000
FEW = 990  # modes: below, a seed has failed

PLAIN = replace(STACKED, settings={"lr": 2e-4, "betas": (0.5, 0.999)})
PACKS = replace(
    STACKED, discriminator=partial(Packed.widened, StackedDiscriminator, pack=2)
)


def study() -> Study:
    """The recommended recipe, alone and packed, beside a plain DCGAN."""
    return Study(
        "stacked-mnist",
        "How many of 1,000 combinations of three digits does a DCGAN draw?",
        methods={
            "plain": _method(PLAIN, "The same networks at a low and steady rate."),
            "recommended": _method(STACKED, "What the course recommends."),
            "packed": _method(PACKS, "What the course recommends, on packs of two."),
        },
        columns=(
            Column("modes", "of 1,000", kind="count"),
            Column("kl", "nats", better="lower"),
        ),
        failed=lambda outcome: outcome["modes"] < FEW,
        rule=f"it draws fewer than {FEW} of the 1,000 combinations",
        seconds=1200,
        seeds=2,
        data="mnist",
    )


def _method(recipe: gan.Recipe, about: str) -> Method:
    config = recipe_config(recipe, steps=STEPS, samples=SAMPLES)
    return Method(partial(train_stacked, recipe, STEPS), config, about)


def train_stacked(recipe: gan.Recipe, steps: int, cell: Cell) -> dict[str, Any]:
    """Train on stacked digits, draw samples, count combinations."""
    model = recipe.build()
    batches = StackedBatches(data.load(cell.data), recipe.batch_size, cell.seed)
    budget = training.Budget(steps=cell.steps(steps))
    history = training.fit(model, batches, budget, progress=False)
    samples = model.sample(SAMPLES, torch.Generator().manual_seed(cell.seed))
    more = {"training": history.status, "bf16": model.bf16}
    if not bool(samples.isfinite().all()):
        return {"modes": 0, "kl": None, **more}
    report = stacked_modes(samples)
    return {"modes": report.covered, "kl": report.kl, **more}
