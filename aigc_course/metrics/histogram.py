"""Which digits were generated, and how far their shares are from the real ones."""

import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.metrics.features import read


def class_histogram(found: Tensor) -> Tensor:
    """How many of N images the extractor reads as each digit: int64 [10], sum N.

    found: their features [N, 128] from `metrics.features`.
    """
    return torch.bincount(read(found), minlength=10)


def total_variation(counts_a: Tensor, counts_b: Tensor) -> float:
    """Total-variation distance between two histograms, in [0, 1].

    TV = 1/2 sum_c |p_c - q_c| with p, q the counts divided by their sums: the share of
    images that would have to change class for the histograms to agree.

    counts_a, counts_b: [C], not negative. Raises CourseError when the shapes differ or
    a histogram is empty.

    >>> total_variation(torch.tensor([5, 5]), torch.tensor([10, 0]))
    0.5
    """
    if counts_a.shape != counts_b.shape or counts_a.ndim != 1:
        raise CourseError(
            "Two histograms of the same classes are needed;"
            f" got shapes {list(counts_a.shape)} and {list(counts_b.shape)}."
        )
    if min(counts_a.min(), counts_b.min()) < 0 or not (
        counts_a.any() and counts_b.any()
    ):
        raise CourseError("A histogram needs counts of 0 or more, not all of them 0.")
    p, q = (counts.double() / counts.sum() for counts in (counts_a, counts_b))
    return float((p - q).abs().sum() / 2)
