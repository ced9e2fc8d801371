"""How good are generated digits: features, distances, variety, copies, one report.

>>> from aigc_course import metrics
>>> metrics.report(samples)                          # doctest: +SKIP
"""

from aigc_course.metrics.copies import closeness, near_copy_rate
from aigc_course.metrics.features import classify, extractor, features, probabilities
from aigc_course.metrics.fid import Gaussian, fid, frechet
from aigc_course.metrics.histogram import class_histogram, total_variation
from aigc_course.metrics.kid import KID, kid
from aigc_course.metrics.modes import ModeReport, modes
from aigc_course.metrics.prdc import PRDC, prdc
from aigc_course.metrics.report import Report, report

__all__ = [
    "KID",
    "PRDC",
    "Gaussian",
    "ModeReport",
    "Report",
    "class_histogram",
    "classify",
    "closeness",
    "extractor",
    "features",
    "fid",
    "frechet",
    "kid",
    "modes",
    "near_copy_rate",
    "prdc",
    "probabilities",
    "report",
    "total_variation",
]
