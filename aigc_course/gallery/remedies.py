"""What was tried on each case beside its reference repair, and what the record says.

Every setting that a hint or a variation of the exercises names is among them, so that
no text promises a cure that the gallery's study has not seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aigc_course.gallery.cases import CASES

if TYPE_CHECKING:
    from aigc_course.studies.results import Record
    from aigc_course.studies.table import Table

REPAIRED = "repaired"
CAPTION = (
    "Each case as it was found, its reference repair, and what else was tried. Failed"
    " and cured are decided by the rules that the checker uses."
)


@dataclass(frozen=True)
class Remedy:
    """Changes to a case's settings.

    key: unique within the case. words: what they are, for a table.
    """

    key: str
    words: str
    changes: Mapping[str, Any]


_REFERENCE = {
    "A": "D's learning rate raised to G's",
    "B": "non-saturating loss",
    "C": "R1",
    "D": "two layers of stride 2, kernel 4",
    "E": "separate passes",
    "F": "both learning rates 0.001",
    "G": "losses from logits",
    "H": "1,500 training images",
    "I": "data in -1 to 1",
}
_OTHERS = {
    "A": (
        Remedy("d-steps", "five steps of D for each of G", {"d_steps": 5}),
        Remedy("slower-g", "G's learning rate lowered to D's", {"lr_g": 1e-4}),
        Remedy("packs", "packs of two", {"pack": 2}),
    ),
    "B": (
        Remedy("slower-d", "D's learning rate divided by five", {"lr_d": 2e-3}),
        Remedy("r1", "R1", {"penalty": "r1"}),
        Remedy("noise", "instance noise of 1", {"noise": 1.0}),
    ),
    "C": (
        Remedy("r2", "R2", {"penalty": "r2"}),
        Remedy("d-steps", "five steps of D for each of G", {"d_steps": 5}),
        Remedy("no-momentum", "momentum 0", {"beta1": 0.0}),
        Remedy("slower", "both learning rates 0.0003", {"lr_g": 3e-4, "lr_d": 3e-4}),
        Remedy("average", "average of G's weights", {"ema": 5000}),
    ),
    "D": (
        Remedy("kernel-3", "two layers, kernel 3", {"stride": "2, 2", "kernel": 3}),
        Remedy("kernel-5", "two layers, kernel 5", {"stride": "2, 2", "kernel": 5}),
        Remedy("touching", "one layer of stride 4, kernel 4", {"kernel": 4}),
        Remedy("overlapping", "one layer of stride 4, kernel 8", {"kernel": 8}),
    ),
    "E": (
        Remedy("no-norm", "no batch norm in D", {"d_norm": "none"}),
        Remedy("layer-norm", "layer norm in D", {"d_norm": "layer"}),
    ),
    "F": (
        Remedy("quicker", "both learning rates 0.01", {"lr_g": 1e-2, "lr_d": 1e-2}),
        Remedy("slower", "both learning rates 0.0001", {"lr_g": 1e-4, "lr_d": 1e-4}),
        Remedy("clipping", "gradients clipped to 1", {"clip": 1.0}),
    ),
    "G": (
        Remedy("slower", "both learning rates 0.002", {"lr_g": 2e-3, "lr_d": 2e-3}),
        Remedy("clipping", "gradients clipped to 1", {"clip": 1.0}),
    ),
    "H": (
        Remedy("translation", "shifts of up to 4 pixels", {"translation": 4}),
        Remedy("dropout", "dropout of 0.5 in D", {"dropout": 0.5}),
    ),
    "I": (Remedy("bytes", "data in 0 to 255", {"scaling": "0 to 255"}),),
}

REMEDIES = {
    letter: (
        Remedy(REPAIRED, _REFERENCE[letter], case.repair),
        *_OTHERS[letter],
    )
    for letter, case in CASES.items()
}


def evidence(found: "Record") -> "Table":
    """The gallery's record as a table: what was tried on each case, and who is cured.

    found: `studies.record("gallery")`. A remedy that has not been run says so.
    """
    from aigc_course.studies.table import Table

    rows = []
    for letter, remedies in REMEDIES.items():
        name = f"{letter} · {CASES[letter].name}"
        rows.append([name, "as it was found", _count(found, letter, "{} failed")])
        for one in remedies:
            count = _count(found, f"{letter}-{one.key}", "{} cured")
            rows.append([letter, one.words, count])
    return Table(["case", "settings", "seeds"], rows, CAPTION)


def is_cured(found: "Record", letter: str, key: str) -> bool | None:
    """Whether a remedy cured most of its seeds; None where it was not run."""
    method = f"{letter}-{key}"
    if method not in found.methods:
        return None
    failed, of = found.failures(method)
    return 2 * failed < of


def _count(found: "Record", method: str, told: str) -> str:
    from aigc_course.studies.results import UNMEASURED

    if method not in found.methods:
        return UNMEASURED
    failed, of = found.failures(method)
    return told.format(f"{of - failed} of {of}")
