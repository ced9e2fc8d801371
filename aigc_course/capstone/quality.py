"""Quality as a secret judge sees it, on a scale that is the same for every judge.

FIDs of two extractors cannot be compared, but their places between noise and real
digits can: the logarithm of FID falls about evenly while a generator gets better.
"""

import math
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from aigc_course import metrics
from aigc_course.capstone.secret import Judge
from aigc_course.errors import CourseError
from aigc_course.intervals import Estimate
from aigc_course.metrics.fid import fid_estimate
from aigc_course.metrics.prdc import perfect_coverage, prdc

POINTS = 40
BY_DISTANCE, BY_COVERAGE = 30, 10  # of brief A
USED = 5_000  # samples looked at


@dataclass(frozen=True)
class Quality:
    """Points of 40, the figures behind them, and a sentence for each.

    figures: by name, with their 95 % errors. place: 0 for the weak end of the scale,
    1 for the strong one.
    """

    points: float
    place: float
    figures: dict[str, Estimate]
    why: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)


def position(value: float, weak: float, strong: float) -> float:
    """Where a value lies between a weak and a strong one, on a logarithmic scale.

    s = log(weak / value) / log(weak / strong), cut off at 0 and 1. All three are
    positive. It serves "lower is better" and "higher is better" alike. Raises
    CourseError for values that are not positive, or two ends that are equal.

    >>> position(1.0, weak=10.0, strong=0.1)
    0.5
    """
    if not min(weak, strong) > 0 or weak == strong:
        raise CourseError(
            f"A scale has two different positive ends, not {weak:g} and {strong:g}."
        )
    if math.isnan(value):
        return 0.0
    if value <= 0:  # rounding can leave a FID of 0
        return 1.0 if strong < weak else 0.0
    share = math.log(weak / value) / math.log(weak / strong)
    return min(max(share, 0.0), 1.0)


def linear(value: float, weak: float, strong: float) -> float:
    """Where a value lies between a weak and a strong one, cut off at 0 and 1."""
    if weak == strong:
        raise CourseError(f"A scale has two different ends, not {weak:g} twice.")
    if math.isnan(value):
        return 0.0
    return min(max((value - weak) / (strong - weak), 0.0), 1.0)


def of_images(judge: Judge, images: Tensor) -> Quality:
    """Quality of generated digits [n, 1, 28, 28], drawn by the judge itself.

    The end of FID's interval that is worse for the generator counts, so that a doubt
    gives no points. The same holds for coverage.
    """
    found = judge.features(images[:USED])
    fid = fid_estimate(found, judge.real)
    near = prdc(judge.found, found)
    coverage = near.estimate("coverage")
    place = position(_worse(fid, 1), judge.weak, judge.strong)
    perfect = perfect_coverage(len(judge.found), len(found))
    covered = linear(_worse(coverage, -1), 0.0, perfect)
    points = BY_DISTANCE * place + BY_COVERAGE * covered
    why = (
        f"FID by the secret extractor: {fid}. The scale goes from {judge.weak:.3g}"
        f" (noise or a mean) to {judge.strong:.3g} (real digits): {place:.0%} of it.",
        f"Coverage of the secret digits: {coverage}; perfect samples reach"
        f" {perfect:.2f}.",
    )
    figures = {
        "fid": fid,
        "coverage": coverage,
        "density": near.estimate("density"),
    }
    return Quality(points, place, figures, why)


def public(images: Tensor) -> Estimate:
    """FID of samples by the public extractor."""
    from aigc_course.metrics.reference import estimate_to_mnist

    return estimate_to_mnist(metrics.features(images[:USED]))


def _worse(figure: Estimate, sign: int) -> float:
    """The end of an interval in the direction `sign`; unknown errors count as 0."""
    error = 0.0 if math.isnan(figure.error) else figure.error
    return figure.value + sign * error
