"""Modes of stacked digits: three channels, three digits, 1,000 combinations."""

import math

import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.metrics.features import classify
from aigc_course.metrics.modes import ModeReport

MODES = 1000


def stacked_modes(samples: Tensor, batch_size: int = 500) -> ModeReport:
    """Combinations of digits in stacked pictures, and how evenly they are drawn.

    samples: float [n, 3, 28, 28] in [-1, 1]; the custom is n = 26,000 (Metz et al.
    2017, section 3.3), and figures with another n are not comparable. The extractor
    reads every channel. covered: combinations drawn at least once, of 1,000. kl:
    KL(samples || even) over the combinations in nats, where n perfect draws give about
    999 / (2 n). high_quality is NaN: nothing here says whether a digit is well drawn.

    Raises CourseError for another shape.
    """
    if samples.ndim != 4 or samples.shape[1:] != (3, 28, 28) or not len(samples):
        raise CourseError(
            "Stacked digits have the shape [n, 3, 28, 28]; these have"
            f" {list(samples.shape)}."
        )
    channels = [classify(samples[:, c : c + 1], batch_size) for c in range(3)]
    # the combination as a number of three digits, 0 to 999
    numbers = 100 * channels[0] + 10 * channels[1] + channels[2]
    counts = torch.bincount(numbers, minlength=MODES).double()
    shares = counts[counts > 0] / len(samples)
    # sum p log(p / (1 / 1000)), 0 log 0 = 0
    kl = float((shares * (shares * MODES).log()).sum())
    return ModeReport(int((counts > 0).sum()), math.nan, kl)
