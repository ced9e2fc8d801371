"""Sums with Gaussian noise: how many, how much, and how much squared."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from aigc_course.errors import CourseError


class Moments(NamedTuple):
    """Noisy sums over the points of each class.

    counts [C]; sums of points [C, k]; sums of p p^T, [C, k, k].
    """

    counts: Tensor
    sums: Tensor
    squares: Tensor

    def means(self) -> Tensor:
        """The mean of each class, [C, k], divided by the noisy number of points."""
        return self.sums / self.counts.clamp(min=1)[:, None]

    def covariances(self, floor: float = 1e-5) -> Tensor:
        """The covariance of each class, [C, k, k], eigenvalues from `floor` on.

        Noise makes some eigenvalues negative; no covariance has such.
        """
        mean = self.means()
        second = self.squares / self.counts.clamp(min=1)[:, None, None]
        values, vectors = torch.linalg.eigh(second - mean[:, :, None] * mean[:, None])
        return vectors * values.clamp(min=floor)[:, None] @ vectors.mT


def clip_norm(rows: Tensor, bound: float) -> Tensor:
    """Rows [N, d], each shortened to norm `bound` where it is longer.

    The bound has to be fixed before the data are seen. Raises CourseError for a bound
    that is not positive, and for values that are not finite: no bound holds those.
    """
    if not bound > 0:
        raise CourseError(f"The bound has to be above 0, not {bound:g}.")
    if not rows.isfinite().all():
        raise CourseError("The data hold NaN or infinity, which no clipping bounds.")
    return rows * (bound / rows.norm(dim=1, keepdim=True)).clamp(max=1)


def symmetric_noise(
    size: int,
    noise: float,
    generator: torch.Generator | None = None,
    number: int | None = None,
) -> Tensor:
    """Noise for a sum of p p^T with norm(p) <= 1, float64 [size, size].

    The diagonal and sqrt(2) times the upper triangle are a vector as long as p p^T,
    which is norm(p)^2 <= 1. With noise of deviation `noise` on that vector the entries
    beside the diagonal get noise / sqrt(2). number: of such matrices, in front.
    """
    shape = (size, size) if number is None else (number, size, size)
    chance = torch.randn(shape, generator=generator, dtype=torch.float64) * noise
    upper = chance.triu(1) / math.sqrt(2)
    return upper + upper.mT + torch.diag_embed(chance.diagonal(dim1=-2, dim2=-1))


def noisy_counts(
    labels: Tensor,
    classes: int,
    noise: float,
    generator: torch.Generator | None = None,
) -> Tensor:
    """How many labels [N] there are of each class, with noise, float64 [classes].

    One example changes one count by 1: the sensitivity is 1 for all counts together.
    """
    counts = torch.bincount(_checked(labels, classes), minlength=classes).double()
    chance = torch.randn(classes, generator=generator, dtype=torch.float64)
    return counts + noise * chance


def private_moments(
    points: Tensor,
    labels: Tensor,
    noise: float,
    classes: int = 10,
    generator: torch.Generator | None = None,
) -> Moments:
    """Release number, sum and sum of squares of each class's points.

    points: [N, k], shortened to norm 1. noise: the standard deviation. One example
    changes the three of its own class by vectors of length at most 1 each, so that the
    sensitivity of all is sqrt(3): mu = sqrt(3) / noise. Raises CourseError for labels
    outside the classes, and as `clip_norm`.
    """
    rows = clip_norm(points.double(), 1.0)
    counts = noisy_counts(labels, classes, noise, generator)
    chance = torch.randn(classes, rows.shape[1], generator=generator, dtype=rows.dtype)
    sums = torch.zeros_like(chance).index_add_(0, labels, rows) + noise * chance
    own = rows[labels.argsort(stable=True)].split(
        labels.bincount(minlength=classes).tolist()
    )
    squares = torch.stack([part.T @ part for part in own])
    squares += symmetric_noise(rows.shape[1], noise, generator, classes)
    return Moments(counts, sums, squares)


def _checked(labels: Tensor, classes: int) -> Tensor:
    if labels.ndim != 1 or labels.is_floating_point():
        raise CourseError("Labels are whole numbers of shape [N].")
    if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < classes:
        raise CourseError(f"Labels are from 0 to {classes - 1}.")
    return labels
