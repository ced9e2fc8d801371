"""How many wrong labels cross-validated confidence finds, and how many it makes up.

One label in twenty, ten or five is replaced by another at random, and one in ten within
pairs that look alike; then `data.cleaning.label_errors` looks at pictures and labels
alone.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from aigc_course import data
from aigc_course.data import cleaning, corrupt
from aigc_course.studies.config import describe
from aigc_course.studies.study import Cell, Column, Method, Study

IMAGES = 10_000  # of MNIST; the small digits are all taken
RECALL, PRECISION = 0.9, 0.8
ALIKE = {4: 9, 9: 4, 3: 5, 5: 3, 1: 7, 7: 1}
DAMAGE = {
    "5": (corrupt.label_errors(0.05), "5 % of the labels"),
    "10": (corrupt.label_errors(0.1), "10 % of the labels"),
    "20": (corrupt.label_errors(0.2), "20 % of the labels"),
    "10-in-pairs": (corrupt.label_errors(0.1, ALIKE), "10 % within pairs alike"),
}


def study() -> Study:
    """Four kinds of damage on each of two sets."""
    grid = [(name, damage) for name in ("mnist", "digits") for damage in DAMAGE]
    return Study(
        "label-errors",
        "How many wrong labels does cross-validated confidence find, and make up?",
        {f"{name}-{damage}": _method(name, damage) for name, damage in grid},
        columns=(Column("recall", kind="share"), Column("precision", kind="share")),
        failed=misses,
        rule=f"its recall is below {RECALL:.0%} or its precision below {PRECISION:.0%}",
        seconds=2,
        seeds=5,
    )


def misses(outcome: Mapping[str, Any]) -> bool:
    """Whether too few wrong labels are found, or too many right ones suspected."""
    return outcome["recall"] < RECALL or outcome["precision"] < PRECISION


def _method(name: str, damage: str) -> Method:
    corruption, about = DAMAGE[damage]
    config = {"data": name, "images": IMAGES, "damage": describe(corruption)}
    return Method(partial(search, name, damage), config, f"{about}, {name}.")


def search(name: str, damage: str, cell: Cell) -> dict[str, Any]:
    """Damage the labels, look for the damage, and compare."""
    whole = data.load(name)
    images = data.subset(whole, min(IMAGES, len(whole)), cell.seed)
    damaged = DAMAGE[damage][0](images, cell.seed)
    found = cleaning.label_errors(damaged, seed=cell.seed)
    wrong = damaged.labels != images.labels
    recall, precision = found.scores(wrong)
    left = cleaning.relabel(damaged, found).labels != images.labels
    return {
        "recall": recall,
        "precision": precision,
        "wrong": int(wrong.sum()),
        "found": len(found),
        "wrong_after_relabelling": int(left.sum()),
    }
