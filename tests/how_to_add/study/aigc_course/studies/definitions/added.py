"""Does a fair coin show its head more often than one that is not fair?"""

import random
from functools import partial
from typing import Any

from aigc_course.studies.study import Cell, Column, Method, Study


def study() -> Study:
    """Two coins."""
    return Study(
        "added",
        "Which coin shows its head more often?",
        {name: _method(p) for name, p in {"fair": 0.5, "unfair": 0.25}.items()},
        columns=(Column("heads", kind="share"),),
        failed=lambda outcome: not 0 < outcome["heads"] < 1,
        rule="all throws are alike",
        seconds=1,
        seeds=2,
    )


def _method(p: float) -> Method:
    return Method(partial(throw, p), {"p": p}, f"Heads with probability {p:g}.")


def throw(p: float, cell: Cell) -> dict[str, Any]:
    """Throw a coin a thousand times."""
    chance = random.Random(cell.seed)
    return {"heads": sum(chance.random() < p for _ in range(1000)) / 1000}
