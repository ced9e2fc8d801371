"""What the studies of the data share: damaged sets, cleaned sets, and the rule."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from aigc_course import data
from aigc_course.data import cleaning, corrupt
from aigc_course.studies.shared import asked
from aigc_course.studies.study import Cell, Column, Method, Study

WORST = 10.0  # FID from which on a generator is of no use
_SIZE = {"images": asked.IMAGES, "real_seed": asked.REAL_SEED}
Remedy = Callable[[data.ImageSet], data.ImageSet]


def relabelled(images: data.ImageSet) -> data.ImageSet:
    """Replace suspicious labels by those suggested."""
    return cleaning.relabel(images, cleaning.label_errors(images))


def freed(images: data.ImageSet) -> data.ImageSet:
    """Leave out the images whose labels are suspicious."""
    return cleaning.remove(images, cleaning.label_errors(images))


def unique(images: data.ImageSet) -> data.ImageSet:
    """Keep one copy of each picture."""
    return cleaning.remove(images, cleaning.repeated(images))


REMEDIES: Mapping[str, tuple[str, tuple[float, ...], Remedy]] = {
    "relabelled": ("label_errors", (0.1, 0.25, 0.5), relabelled),
    "removed": ("label_errors", (0.1, 0.25, 0.5), freed),
    "unique": ("duplicates", (0.5, 0.9), unique),
}


def on_data(
    name: str, question: str, methods: Mapping[str, Method], columns: tuple[Column, ...]
) -> Study:
    """A study on image data of five seeds, whose cells take about 14 seconds."""
    return Study(
        name,
        question,
        methods,
        columns,
        failed=useless,
        rule=f"its FID is above {WORST:g}",
        seconds=14,
        seeds=5,
        data="auto",
    )


def useless(outcome: Mapping[str, Any]) -> bool:
    """Whether nothing was drawn, or nothing that looks like digits."""
    return outcome["fid"] is None or outcome["fid"] > WORST


def damage(kind: str, severity: float, remedy: str = "") -> Method:
    """Training on digits with this damage, and cleaned by `remedy`, one of REMEDIES."""
    made = partial(_made, kind, severity, remedy)
    about = f"{kind} at severity {severity:g}" + (remedy and f", then {remedy}") + "."
    place = {} if remedy else {"severity": severity}
    told = {"corruption": kind, "severity": severity, "remedy": remedy}
    return asked.method(made, about, place=place, config=told | _SIZE)


def clean() -> Method:
    """Training on digits as they are."""
    return asked.method(asked.some, f"{asked.IMAGES:,} digits.", config=_SIZE)


def _made(kind: str, severity: float, remedy: str, cell: Cell) -> data.ImageSet:
    damaged = corrupt.make(kind, severity)(asked.some(cell), cell.seed)
    return REMEDIES[remedy][2](damaged) if remedy else damaged
