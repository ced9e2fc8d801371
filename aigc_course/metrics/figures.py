"""Every figure of one set of images against real ones, each with its error."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from aigc_course.intervals import Estimate
from aigc_course.metrics import errors
from aigc_course.metrics.features import chances
from aigc_course.metrics.fid import fid_estimate
from aigc_course.metrics.fid_infinity import fid_infinity
from aigc_course.metrics.histogram import class_histogram, total_variation
from aigc_course.metrics.inception import inception_score
from aigc_course.metrics.kid import kid
from aigc_course.metrics.prdc import prdc
from aigc_course.metrics.two_sample import two_sample


@dataclass(frozen=True)
class Figures:
    """What one set of images scores against a reference.

    errors: the half-width of each figure's 95 % interval, by the figure's name. It says
    how much the figure would change with other samples of the same generator (see
    `metrics.errors`), which must be independent: it is too small for repeated images.
    """

    fid: float
    fid_infinity: float  # without the bias of n; can be a little below 0
    kid: float
    precision: float
    recall: float
    density: float
    coverage: float
    inception_score: float  # 1 to 10, by the course's extractor
    told_apart: float  # share of held-out images; 0.5 when nothing can be told
    histogram: list[int]  # images read as 0, 1, ..., 9
    histogram_distance: float  # total variation, in [0, 1]
    errors: dict[str, float] = field(default_factory=dict)

    def estimate(self, name: str) -> Estimate:
        """The figure of this name with its error, for a sheet of scores."""
        return Estimate(getattr(self, name), self.errors[name])


def compare(found: Tensor, real: Tensor, seed: int = 0) -> Figures:
    """Every figure of a set of images, from features, against real ones.

    found, real: features [N, 128] and [M, 128] from `metrics.features`, of 60 images or
    more. Raises CourseError as `fid`, `kid`, `prdc` and `two_sample` do.
    """
    near, shares = prdc(real, found), class_histogram(real)
    histogram = class_histogram(found)
    apart = two_sample(found, real, seed=seed).estimate
    estimates = {
        "fid": fid_estimate(found, real),
        "fid_infinity": fid_infinity(found, real).estimate,
        "kid": kid(found, real, seed=seed).estimate,
        **{name: near.estimate(name) for name in near.errors},
        "inception_score": _jackknifed(
            lambda rows: inception_score(chances(rows)), found
        ),
        "told_apart": apart,
        "histogram_distance": _jackknifed(
            lambda rows: total_variation(class_histogram(rows), shares), found
        ),
    }
    return Figures(
        histogram=histogram.tolist(),
        errors={name: each.error for name, each in estimates.items()},
        **{name: each.value for name, each in estimates.items()},
    )


def _jackknifed(figure: Callable[[Tensor], float], found: Tensor) -> Estimate:
    """A figure of features with the jackknife's error; it must be quick to compute."""
    parts = errors.groups(len(found))
    left_out = [
        torch.cat([rows for rows in parts if rows is not part]) for part in parts
    ]
    error = errors.jackknife([figure(found[rows]) for rows in left_out])
    return Estimate(figure(found), error)
