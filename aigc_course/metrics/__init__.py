"""How good are generated digits: features, distances, variety, copies, one report.

>>> from aigc_course import metrics
>>> metrics.report(samples)                          # doctest: +SKIP
"""

from aigc_course.intervals import Estimate
from aigc_course.metrics.accuracy import classification_accuracy
from aigc_course.metrics.copies import closeness, near_copy_rate
from aigc_course.metrics.disentangle import DCI, MIG, dci, mig
from aigc_course.metrics.features import classify, extractor, features, probabilities
from aigc_course.metrics.fid import Gaussian, fid, fid_estimate, frechet
from aigc_course.metrics.fid_infinity import FIDInfinity, fid_infinity
from aigc_course.metrics.fidelity import Fidelity, psnr, ssim
from aigc_course.metrics.figures import Figures, compare
from aigc_course.metrics.fooled import fooled
from aigc_course.metrics.histogram import class_histogram, total_variation
from aigc_course.metrics.inception import inception_score
from aigc_course.metrics.kid import KID, kid
from aigc_course.metrics.labels import label_accuracy
from aigc_course.metrics.memorisation import Copying, copying
from aigc_course.metrics.modes import ModeReport, modes
from aigc_course.metrics.prdc import PRDC, perfect_coverage, prdc
from aigc_course.metrics.report import Report, report
from aigc_course.metrics.two_sample import TwoSample, two_sample

__all__ = [
    "Estimate",
    "DCI",
    "KID",
    "MIG",
    "PRDC",
    "Copying",
    "FIDInfinity",
    "Fidelity",
    "Figures",
    "Gaussian",
    "ModeReport",
    "Report",
    "TwoSample",
    "class_histogram",
    "classification_accuracy",
    "classify",
    "closeness",
    "compare",
    "copying",
    "dci",
    "extractor",
    "features",
    "fid",
    "fid_estimate",
    "fid_infinity",
    "fooled",
    "frechet",
    "inception_score",
    "kid",
    "label_accuracy",
    "mig",
    "modes",
    "near_copy_rate",
    "perfect_coverage",
    "prdc",
    "probabilities",
    "psnr",
    "report",
    "ssim",
    "total_variation",
    "two_sample",
]
