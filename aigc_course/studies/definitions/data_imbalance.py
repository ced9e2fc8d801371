"""Bias: nine threes to one six go in. What comes out, and what corrects it?

Two digits that nobody confuses, so that counting what came out is safe. FID and
coverage are against test images of both, as many of each.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache, partial
from typing import Any

from torch import Tensor

from aigc_course import data, gan, metrics
from aigc_course.data import cleaning, corrupt
from aigc_course.metrics.features import read
from aigc_course.studies.shared import asked
from aigc_course.studies.shared.data_sets import on_data
from aigc_course.studies.shared.networks import (
    SmallDiscriminator,
    SmallGenerator,
)
from aigc_course.studies.study import Cell, Column, Method, Study

FREQUENT, RARE = 3, 6
NINETY_TO_TEN = 8 / 9  # severity of imbalance
PLAIN = gan.Recipe(
    partial(SmallGenerator, 32), SmallDiscriminator, asked.BATCH, asked.SETTINGS
)
TWO = gan.Recipe(
    partial(asked.SmallAsked, classes=2),
    partial(asked.SmallProjection, classes=2),
    asked.BATCH,
    asked.SETTINGS,
    learner=gan.ConditionalGAN,
)
COLUMNS = (
    Column("rare", "sixes among the samples", "", "share"),
    Column("fid", better="lower"),
    Column("coverage", kind="share"),
    Column("rare_coverage", "of real sixes", kind="share"),
    Column("legible", "read as 3 or 6", kind="share"),
)


def study() -> Study:
    """Nine threes to one six, three corrections, and an even control."""
    return on_data(
        "data-imbalance",
        "Of ten pictures nine show a 3 and one a 6: what comes out, what corrects it?",
        {
            "as-it-is": _method("Nothing is done."),
            "drop": _method("Threes are left out until both are alike.", "drop"),
            "repeat": _method("Sixes are repeated until both are alike.", "repeat"),
            "ask": _method("A conditional GAN, asked for both alike.", ask=True),
            "even": _method("Control: as many pictures, evenly divided.", even=True),
        },
        COLUMNS,
    )


def _method(about: str, how: str = "", ask: bool = False, even: bool = False) -> Method:
    told: Mapping[str, Any] = {
        "digits": [FREQUENT, RARE],
        "severity": 0 if even else NINETY_TO_TEN,
        "remedy": how or ("ask" if ask else ""),
    }
    made = partial(nine_to_one, how, even)
    recipe = TWO if ask else PLAIN
    return asked.method(made, about, recipe=recipe, look=judge, config=told)


def nine_to_one(how: str, even: bool, cell: Cell) -> data.ImageSet:
    """Threes as class 0 and sixes as class 1, nine to one, then corrected.

    even: as many pictures in all, divided evenly.
    """
    both = two(data.load(cell.data))
    damaged = corrupt.imbalance(NINETY_TO_TEN, [1])(both, cell.seed)
    if even:
        fair = cleaning.balanced(both, "drop", cell.seed)
        return data.subset(fair, min(len(damaged), len(fair)), cell.seed)
    return cleaning.balanced(damaged, how, cell.seed) if how else damaged


def two(images: data.ImageSet) -> data.ImageSet:
    """The threes and sixes of a set, as classes 0 and 1."""
    rows = (images.labels == FREQUENT) | (images.labels == RARE)
    labels = (images.labels[rows] == RARE).long()
    names = images.classes[FREQUENT], images.classes[RARE]
    return replace(images, images=images.images[rows], labels=labels, classes=names)


def judge(found: Tensor, cell: Cell) -> dict[str, Any]:
    """The columns for features [2000, 128]."""
    seen, (real, rare) = read(found), _real(cell.data)
    threes, sixes = (int((seen == digit).sum()) for digit in (FREQUENT, RARE))
    return {
        "rare": sixes / max(threes + sixes, 1),
        "fid": metrics.fid(found, real),
        "coverage": metrics.prdc(real, found).coverage,
        "rare_coverage": metrics.prdc(real[rare], found).coverage,
        "legible": (threes + sixes) / len(found),
    }


@cache
def _real(name: str) -> tuple[Tensor, Tensor]:
    """Features of as many test threes as sixes, and which of them are sixes."""
    test = cleaning.balanced(two(data.load(name, "test")), "drop")
    return metrics.features(test.images), test.labels == 1
