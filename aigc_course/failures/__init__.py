"""The failure gallery: trainings that fail, known by their symptoms alone.

    >>> from aigc_course import failures
    >>> failures.symptoms("A")                                  # doctest: +SKIP
    >>> print(failures.sheet("A"))                              # doctest: +SKIP
    >>> failures.symptoms("A", settings={"penalty": "r1+r2"})   # doctest: +SKIP

A `Case` has `settings`, the fault among them, `run(settings, seed)` that trains with
others, and two measured answers, `shows_failure(trial)` and `cured(trial)`. Each case
has an exercise, "06.repair_a" for case A. A case is a file of cases/, a setting of its
own stands in vocabulary.py and is obeyed in patients.py.
"""

from aigc_course.failures.case import Bound, Case, Trial
from aigc_course.failures.cases import CASES, DIAGNOSES, case
from aigc_course.failures.figure import describe, sheet, symptoms
from aigc_course.failures.remedies import REMEDIES, evidence, is_cured

__all__ = [
    "CASES",
    "DIAGNOSES",
    "REMEDIES",
    "Bound",
    "Case",
    "Trial",
    "case",
    "describe",
    "evidence",
    "is_cured",
    "sheet",
    "symptoms",
]
