"""How D is told the label, and what that does to the variety within a class.

The fast networks of chapter 10 on all training digits, equal steps for every method.
Judged on 10,000 samples, each digit asked for 1,000 times, against all 10,000 test
digits, on the course's features: FID, and precision, recall and coverage with k = 5.
"""

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

import torch
from torch import Tensor

from aigc_course import data, gan, metrics, training
from aigc_course.metrics.features import read
from aigc_course.studies.shared.common import recipe_config
from aigc_course.studies.study import Cell, Column, Method, Study

STEPS, SAMPLES = 2_500, 10_000
WORST = 0.9  # label accuracy below which a model does not do what it is asked
COLUMNS = (
    Column("label_accuracy", kind="share"),
    Column("fid", better="lower"),
    Column("precision", kind="share"),
    Column("recall", kind="share"),
    Column("coverage", kind="share"),
)


def study() -> Study:
    """Three ways to show D the label, and one of them with a loss for variety."""
    plain: dict[str, Any] = {"variety": 0.0}
    return Study(
        "conditional",
        "Which conditional GAN draws what is asked for, and keeps its variety?",
        methods={
            "projection": _method("projection", "Projection alone.", **plain),
            "concatenation": _method("concatenation", "Concatenation.", **plain),
            "auxiliary": _method("auxiliary", "Auxiliary classifier.", **plain),
            "varied": _method("projection", "Projection and the loss for variety."),
        },
        columns=COLUMNS,
        failed=disobedient,
        rule=f"fewer than {WORST:.0%} of its samples are read as asked",
        seconds=90,
        seeds=5,
        data="auto",
    )


def disobedient(outcome: Mapping[str, Any]) -> bool:
    """Whether the samples do not show what was asked for, or nothing at all."""
    return outcome["fid"] is None or outcome["label_accuracy"] < WORST


def _method(kind: str, about: str, **changes: Any) -> Method:
    recipe = gan.conditional_recipe(kind, **changes)
    config = recipe_config(recipe, steps=STEPS, samples=SAMPLES)
    return Method(partial(_train, recipe), config, about)


def _train(recipe: gan.Recipe, cell: Cell) -> dict[str, Any]:
    digits = data.load(cell.data)
    model = recipe.build()
    batches = data.batches(digits, recipe.batch_size, seed=cell.seed, labels=True)
    budget = training.Budget(steps=cell.steps(STEPS))
    history = training.fit(model, batches, budget, progress=False)
    asked = torch.arange(SAMPLES) % 10
    seeded = torch.Generator().manual_seed(cell.seed)
    samples = gan.sample(model.trained_generator(), SAMPLES, seeded, asked)
    if not bool(samples.isfinite().all()):
        return {"fid": None, "label_accuracy": 0.0, "training": history.status}
    return {**judged(samples, asked, cell.data), "training": history.status}


def judged(samples: Tensor, asked: Tensor, name: str) -> dict[str, float]:
    """The columns for samples and the labels that were asked for."""
    found, real = metrics.features(samples), _real(name)
    near = metrics.prdc(real, found)
    return {
        "label_accuracy": float((read(found) == asked).double().mean()),
        "fid": metrics.fid(found, real),
        "precision": near.precision,
        "recall": near.recall,
        "coverage": near.coverage,
    }


@cache
def _real(name: str) -> Tensor:
    """Features of all test images, [M, 128]."""
    return metrics.features(data.load(name, "test").images)
