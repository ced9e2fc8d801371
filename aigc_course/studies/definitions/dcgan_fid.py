"""FID of the fast DCGAN after a given amount of work, whatever the machine's speed.

The recipe of `aigc train dcgan` on all training digits, batches of 64. 10,000 samples
against all 10,000 test digits, on the course's features: FID, and precision, recall and
coverage with k = 5. 1,900 steps take about a minute on two quiet cores, 9,400 about
five.
"""

from functools import cache, partial
from typing import Any

import torch
from torch import Tensor

from aigc_course import data, gan, metrics, models, training
from aigc_course.studies.shared.common import recipe_config
from aigc_course.studies.study import Cell, Column, Method, Study

STEPS, SAMPLES = (1_900, 9_400), 10_000
WORST = 100.0  # FID above which a training has failed


def study() -> Study:
    """A short and a longer training of the same recipe."""
    return Study(
        "dcgan-fid",
        "How good are the fast DCGAN's digits after a minute's and five minutes' work?",
        {f"steps-{steps}": _method(steps) for steps in STEPS},
        columns=(
            Column("fid", better="lower"),
            Column("precision", kind="share"),
            Column("recall", kind="share"),
            Column("coverage", kind="share"),
        ),
        failed=lambda outcome: outcome["fid"] is None or outcome["fid"] > WORST,
        rule=f"its FID is above {WORST:g}",
        seconds=200,
        data="mnist",
    )


def _method(steps: int) -> Method:
    recipe = models.get("dcgan")
    assert isinstance(recipe, gan.Recipe)
    config = recipe_config(recipe, steps=steps, samples=SAMPLES)
    return Method(partial(train, recipe, steps), config, f"{steps:,} steps.")


def train(recipe: gan.Recipe, steps: int, cell: Cell) -> dict[str, Any]:
    """Train as the command does, and compare samples with the test digits."""
    model = recipe.build()
    batches = data.batches(data.load(cell.data), recipe.batch_size, seed=cell.seed)
    budget = training.Budget(steps=cell.steps(steps))
    history = training.fit(model, batches, budget, progress=False)
    samples = model.sample(SAMPLES, torch.Generator().manual_seed(cell.seed))
    if not bool(samples.isfinite().all()):
        return {"fid": None, "training": history.status}
    found, real = metrics.features(samples), _real(cell.data)
    near = metrics.prdc(real, found)
    return {
        "fid": metrics.fid(found, real),
        "precision": near.precision,
        "recall": near.recall,
        "coverage": near.coverage,
        "training": history.status,
    }


@cache
def _real(name: str) -> Tensor:
    """Features of all test images, [M, 128]."""
    return metrics.features(data.load(name, "test").images)
