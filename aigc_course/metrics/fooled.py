"""Which metrics a false set fools, decided by its scores and not by expectation."""

from collections.abc import Collection, Mapping

from aigc_course.errors import CourseError
from aigc_course.intervals import Estimate

Row = Mapping[str, float | Estimate]


def fooled(real: Row, honest: Row, false: Row, lower: Collection[str] = ()) -> str:
    """Say which metrics prefer a false set to an honest one, and which do not.

    A metric is called fooled only when the false set scores between the real data and
    the honest set, and differs from the honest set by more than the interval of their
    difference. Where the two do not differ so much, the metric is called even. real,
    honest, false: scores by name, the same names in each. lower: the metrics in which
    less is better. Raises CourseError when the names differ.

    >>> rows = {"FID": 1.0}, {"FID": 7.0}, {"FID": 5.0}
    >>> fooled(*rows, lower=["FID"])
    'Fooled: FID. Even: none. Not fooled: none.'
    """
    if not list(real) == list(honest) == list(false):
        raise CourseError("The three rows need the same metrics in the same order.")
    said: dict[str, list[str]] = {"Fooled": [], "Even": [], "Not fooled": []}
    for name in real:
        scores = [_estimate(row[name]) for row in (real, honest, false)]
        said[_verdict(scores, name in lower)].append(name)
    return " ".join(
        f"{key}: {', '.join(names) or 'none'}." for key, names in said.items()
    )


def _verdict(scores: list[Estimate], lower: bool) -> str:
    real, honest, false = scores
    sign = -1 if lower else 1
    near, far, it = (sign * each.value for each in (real, honest, false))
    if not false.differs(honest):
        return "Even"
    return "Fooled" if near >= it > far else "Not fooled"


def _estimate(score: float | Estimate) -> Estimate:
    return score if isinstance(score, Estimate) else Estimate(float(score))
