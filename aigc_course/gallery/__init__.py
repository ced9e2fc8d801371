"""The failure gallery: nine trainings that fail, known by their symptoms alone.

    >>> from aigc_course import gallery
    >>> gallery.symptoms("A")                                  # doctest: +SKIP
    >>> print(gallery.sheet("A"))                              # doctest: +SKIP
    >>> gallery.symptoms("A", settings={"penalty": "r1+r2"})   # doctest: +SKIP

A `Case` has `settings`, the fault among them, `run(settings, seed)` that trains with
others, and two measured answers, `shows_failure(trial)` and `cured(trial)`. Each case
has an exercise, "06.repair_a" to "06.repair_i".
"""

from aigc_course.gallery.case import Bound, Case, Trial
from aigc_course.gallery.cases import CASES, DIAGNOSES, case
from aigc_course.gallery.figure import describe, sheet, symptoms
from aigc_course.gallery.remedies import REMEDIES, evidence, is_cured

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
