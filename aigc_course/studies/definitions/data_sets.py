"""What the data does to a generator: damage, cleaning, and amount."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from torch import Tensor

from aigc_course import data, metrics
from aigc_course.data import cleaning, corrupt
from aigc_course.studies.definitions import asked
from aigc_course.studies.study import Cell, Column, Method, Study

SEVERITIES = (0.1, 0.25, 0.5, 0.9)
KINDS = tuple(name for name in corrupt.CORRUPTIONS if name != "few")
AMOUNTS = (100, 200, 500, 1_000, 2_000, 5_000, 20_000, 60_000)
CLASSIFIER_STEPS = 400
LONG, LONGER = (5_000, 60_000), 4  # amounts that are also trained 4 times as long
WORST = 10.0  # FID from which on a generator is of no use
_SIZE = {"images": asked.IMAGES, "real_seed": asked.REAL_SEED}
Remedy = Callable[[data.ImageSet], data.ImageSet]


def relabelled(images: data.ImageSet) -> data.ImageSet:
    """Suspicious labels replaced by those suggested."""
    return cleaning.relabel(images, cleaning.label_errors(images))


def freed(images: data.ImageSet) -> data.ImageSet:
    """Suspicious labels left out."""
    return cleaning.remove(images, cleaning.label_errors(images))


def unique(images: data.ImageSet) -> data.ImageSet:
    """Each picture once."""
    return cleaning.remove(images, cleaning.repeated(images))


REMEDIES: Mapping[str, tuple[str, tuple[float, ...], Remedy]] = {
    "relabelled": ("label_errors", (0.1, 0.25, 0.5), relabelled),
    "removed": ("label_errors", (0.1, 0.25, 0.5), freed),
    "unique": ("duplicates", (0.5, 0.9), unique),
}


def data_corruption() -> Study:
    """Eight kinds of damage at four severities, and what cleaning gives back."""
    damaged = {f"{k}-{s:g}": _damaged(k, s) for k in KINDS for s in SEVERITIES}
    cleaned = {
        f"{kind}-{severity:g}-{name}": _damaged(kind, severity, name)
        for name, (kind, severities, _) in REMEDIES.items()
        for severity in severities
    }
    return study(
        "data-corruption",
        "What does damaged data do to a generator, and what does cleaning give back?",
        {"clean": _clean(), **damaged, **cleaned},
        asked.COLUMNS[:2],
    )


def data_variety() -> Study:
    """Precision, recall and coverage where the other columns do not tell enough."""
    return study(
        "data-variety",
        "What do damage and cleaning do to the variety of what is generated?",
        {
            "clean": _clean(),
            "label_errors-0.5": _damaged("label_errors", 0.5),
            "contamination-0.5": _damaged("contamination", 0.5),
            **{f"duplicates-{s:g}": _damaged("duplicates", s) for s in (0.5, 0.9)},
            **{
                f"duplicates-{s:g}-unique": _damaged("duplicates", s, "unique")
                for s in (0.5, 0.9)
            },
        },
        asked.COLUMNS,
    )


def data_amount() -> Study:
    """The same training on more and more pictures."""
    return study(
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


def study(
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


def _damaged(kind: str, severity: float, remedy: str = "") -> Method:
    made = partial(_made, kind, severity, remedy)
    about = f"{kind} at severity {severity:g}" + (remedy and f", then {remedy}") + "."
    place = {} if remedy else {"severity": severity}
    told = {"corruption": kind, "severity": severity, "remedy": remedy}
    return asked.method(made, about, place=place, config=told | _SIZE)


def _clean() -> Method:
    return asked.method(asked.some, f"{asked.IMAGES:,} digits.", config=_SIZE)


def _made(kind: str, severity: float, remedy: str, cell: Cell) -> data.ImageSet:
    damaged = corrupt.make(kind, severity)(asked.some(cell), cell.seed)
    return REMEDIES[remedy][2](damaged) if remedy else damaged


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
