"""What another thousand pictures are worth to a generator and to a classifier."""

from functools import partial
from typing import Any

from torch import Tensor

from aigc_course import data, metrics
from aigc_course.studies.shared import asked
from aigc_course.studies.shared.data_sets import on_data
from aigc_course.studies.study import Cell, Column, Method, Study

AMOUNTS = (100, 200, 500, 1_000, 2_000, 5_000, 20_000, 60_000)
CLASSIFIER_STEPS = 400
LONG, LONGER = (5_000, 60_000), 4  # amounts that are also trained 4 times as long


def study() -> Study:
    """The same training on more and more pictures."""
    return on_data(
        "data-amount",
        "What is another thousand pictures worth?",
        {
            **{str(n): _of(n) for n in AMOUNTS},
            **{f"{n}-long": _of(n, LONGER) for n in LONG},
        },
        (
            *asked.COLUMNS,
            Column("classifier", "accuracy", kind="share"),
            Column("passes", "pictures seen over pictures there", ""),
        ),
    )


def _of(n: int, longer: int = 1) -> Method:
    """n digits. longer: both trainings last this many times as long."""
    made, look = partial(asked.some, n=n), partial(_taught, n, longer)
    about = f"{n:,} digits" + (f", {longer} times the steps." if longer > 1 else ".")
    return asked.method(
        made,
        about,
        place={"images": n},
        look=look,
        steps=longer * asked.STEPS,
        config={
            "images": n,
            "real_seed": asked.REAL_SEED,
            "classifier_steps": longer * CLASSIFIER_STEPS,
        },
    )


def _taught(n: int, longer: int, found: Tensor, cell: Cell) -> dict[str, Any]:
    """What a classifier learns from the same pictures, beside the generator.

    passes: how often the generator's training saw each picture, on average.
    """
    known, test = asked.some(cell, n), data.load(cell.data, "test")
    steps = cell.steps(longer * CLASSIFIER_STEPS)
    told = known.images, known.labels, test.images, test.labels
    right = metrics.classification_accuracy(*told, seed=cell.seed, steps=steps)
    passes = cell.steps(longer * asked.STEPS) * asked.BATCH / n
    return {**asked.judge(found, cell), "classifier": right, "passes": passes}
