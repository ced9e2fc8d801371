"""What the data does to a generator: damage, amount, imbalance, and remedies."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from torch import Tensor

from aigc_course import data, metrics
from aigc_course.data import cleaning, corrupt
from aigc_course.metrics.features import read
from aigc_course.studies.definitions import asked
from aigc_course.studies.study import Cell, Column, Method, Study

SEVERITIES = (0.1, 0.25, 0.5, 0.9)
KINDS = tuple(name for name in corrupt.CORRUPTIONS if name != "few")
AMOUNTS = (100, 200, 500, 1_000, 2_000, 5_000, 20_000, 60_000)
CLASSIFIER_STEPS = 400
LONGER = 2_000  # steps: rare digits are counted, and have to be legible
NINETY_TO_TEN = 8 / 9  # severity of imbalance
WORST = 10.0  # FID from which on a generator is of no use
_SIZE = {"images": asked.IMAGES}
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
    return _study(
        "data-corruption",
        "What does damaged data do to a generator, and what does cleaning give back?",
        {"clean": _clean(), **damaged, **cleaned},
        asked.COLUMNS,
    )


def data_amount() -> Study:
    """The same training on more and more pictures."""
    return _study(
        "data-amount",
        "What is another thousand pictures worth?",
        {str(n): _of(n) for n in AMOUNTS},
        (*asked.COLUMNS, Column("classifier", "accuracy", kind="share")),
    )


def data_imbalance() -> Study:
    """Nine in ten pictures show 0 to 4: what comes out, and three corrections."""
    methods = {
        "as-it-is": _imbalanced("Nothing is done."),
        "drop": _imbalanced("Pictures of frequent digits are left out.", "drop"),
        "repeat": _imbalanced("Pictures of rare digits are repeated.", "repeat"),
        "ask": _imbalanced("A conditional GAN, asked for each alike.", ask=True),
        "even": _imbalanced("Control: as many pictures, evenly divided.", even=True),
    }
    return _study(
        "data-imbalance",
        "Nine of ten pictures show 0 to 4: what comes out, and what corrects it?",
        methods,
        (
            Column("rare", "5 to 9 among the samples", "", "share"),
            *(c for c in asked.COLUMNS if c.name != "label_accuracy"),
            Column("rare_coverage", "of test images of 5 to 9", kind="share"),
        ),
    )


def _study(
    name: str, question: str, methods: Mapping[str, Method], columns: tuple[Column, ...]
) -> Study:
    return Study(
        name,
        question,
        methods,
        columns,
        failed=_useless,
        rule=f"its FID is above {WORST:g}",
        seconds=14,
        seeds=5,
        data="auto",
    )


def _useless(outcome: Mapping[str, Any]) -> bool:
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


def _of(n: int) -> Method:
    made, look = partial(asked.some, n=n), partial(_taught, n)
    told = {"images": n}
    return asked.method(made, f"{n:,} digits.", place=told, look=look, config=told)


def _taught(n: int, found: Tensor, cell: Cell) -> dict[str, Any]:
    """What a classifier learns from the same pictures, beside the generator."""
    known, test = asked.some(cell, n), data.load(cell.data, "test")
    steps = cell.steps(CLASSIFIER_STEPS)
    told = known.images, known.labels, test.images, test.labels
    right = metrics.classification_accuracy(*told, seed=cell.seed, steps=steps)
    return {"classifier": right}


def _imbalanced(
    about: str, how: str = "", ask: bool = False, even: bool = False
) -> Method:
    recipe = asked.RECIPE if ask else asked.PLAIN
    made = partial(_ninety_to_ten, how, even)
    told = {"remedy": how or ("ask" if ask else ""), "even": even, **_SIZE}
    return asked.method(
        made, about, recipe=recipe, look=_rare, steps=LONGER, config=told
    )


def _ninety_to_ten(how: str, even: bool, cell: Cell) -> data.ImageSet:
    images = data.load(cell.data)
    if not even:
        images = corrupt.imbalance(NINETY_TO_TEN)(images, cell.seed)
    images = data.subset(images, min(asked.IMAGES, len(images)), cell.seed)
    return cleaning.balanced(images, how, cell.seed) if how else images


def _rare(found: Tensor, cell: Cell) -> dict[str, Any]:
    """How many samples show 5 to 9, and how many such test images have one near."""
    test = data.load(cell.data, "test").labels[: len(asked.real(cell.data))]
    near = metrics.prdc(asked.real(cell.data)[test >= 5], found)
    share = float((read(found) >= 5).double().mean())
    return {"rare": share, "rare_coverage": near.coverage}
