"""What was tried on each case beside its reference repair, and what the record says.

Every setting that a hint or a variation of the exercises names is among them, so that
no text promises a cure that the gallery's study has not seen.
"""

from typing import TYPE_CHECKING

from aigc_course.failures.case import Remedy
from aigc_course.failures.cases import CASES

if TYPE_CHECKING:
    from aigc_course.studies.results import Record
    from aigc_course.studies.table import Table

REPAIRED = "repaired"
CAPTION = (
    "Each case as it was found, its reference repair, and what else was tried. Failed"
    " and cured are decided by the rules that the checker uses."
)


REMEDIES = {
    letter: (
        Remedy(REPAIRED, case.repair_in_words, case.repair, promised=True),
        *case.remedies,
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
