"""Fréchet distance between feature distributions (FID)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_course.errors import CourseError

ROWS = 1_000  # features taken at once: 1 MB at d = 128


@dataclass(frozen=True)
class Gaussian:
    """Mean [d] and covariance [d, d] of a set of features, both float64."""

    mean: Tensor
    covariance: Tensor

    @classmethod
    def fit(cls, features: Tensor) -> "Gaussian":
        """Fit to features [n, d]; the covariance divides by n - 1.

        For n <= d the covariance is singular; the distance below stays defined.
        Raises CourseError when n < 2 or a value is not finite.
        """
        if features.ndim != 2 or len(features) < 2:
            raise CourseError(
                "A Gaussian needs features of shape [n, d] with n >= 2;"
                f" got {list(features.shape)}."
            )
        features = features.detach()
        # the mean is not finite when any of the rows is not
        mean = _require_finite(features.mean(0, dtype=torch.float64))
        return cls(mean, _scatter(features, mean) / (len(features) - 1))


def frechet(mu1: Tensor, cov1: Tensor, mu2: Tensor, cov2: Tensor) -> float:
    """Squared Fréchet (2-Wasserstein) distance between two Gaussians.

    d^2 = |mu1 - mu2|^2 + tr(S1 + S2 - 2 (S1^1/2 S2 S1^1/2)^1/2)
    (Dowson and Landau 1982, equation 4). The matrix under the last root is symmetric,
    so its trace is a sum over real eigenvalues and no general matrix root is needed.

    mu1, mu2: [d]; cov1, cov2: [d, d], symmetric and positive semi-definite, singular
    or not. Raises CourseError when the shapes disagree or a value is not finite.

    >>> one = torch.eye(3)
    >>> frechet(torch.zeros(3), one, torch.ones(3), 4 * one)   # 3 * 1^2 + 3 * (2 - 1)^2
    6.0
    """
    _require_shapes(mu1, cov1, mu2, cov2)
    mu1, cov1, mu2, cov2 = (_require_finite(x).double() for x in (mu1, cov1, mu2, cov2))
    root = _square_root(cov1)  # S1^1/2
    # tr (S1^1/2 S2 S1^1/2)^1/2 = sum of the roots of its eigenvalues
    cross = torch.linalg.eigvalsh(root @ cov2 @ root).clamp(min=0).sqrt().sum()
    squared = (mu1 - mu2).square().sum() + cov1.trace() + cov2.trace() - 2 * cross
    return max(float(squared), 0.0)  # rounding can leave -1e-13


def fid(features_a: Tensor, features_b: Tensor) -> float:
    """Fréchet distance between two sets of features [n, d] and [m, d].

    FID = frechet(Gaussian of a, Gaussian of b)        (Heusel et al. 2017, section 3)
    It is 0 for equal sets, symmetric, and biased upwards for small n: compare only
    values with the same extractor, the same n and the same reference.
    Raises CourseError as `Gaussian.fit` and `frechet` do.
    """
    a, b = Gaussian.fit(features_a), Gaussian.fit(features_b)
    return frechet(a.mean, a.covariance, b.mean, b.covariance)


def _scatter(features: Tensor, mean: Tensor) -> Tensor:
    """sum_i (x_i - mean)(x_i - mean)^T, float64 [d, d], in blocks for the cache."""
    total = mean.new_zeros(len(mean), len(mean))
    for rows in features.split(ROWS):
        x = rows - mean
        total.addmm_(x.T, x)
    return total


def _square_root(matrix: Tensor) -> Tensor:
    # S = V diag(w) V^T with w >= 0, so S^1/2 = V diag(w^1/2) V^T
    w, v = torch.linalg.eigh(matrix)
    return (v * w.clamp(min=0).sqrt()) @ v.T


def _require_shapes(mu1: Tensor, cov1: Tensor, mu2: Tensor, cov2: Tensor) -> None:
    d = mu1.shape[-1] if mu1.ndim else 0
    shapes = [tuple(x.shape) for x in (mu1, cov1, mu2, cov2)]
    if shapes != [(d,), (d, d)] * 2:
        raise CourseError(
            "Two Gaussians must have means [d] and covariances [d, d] with one d;"
            f" got {', '.join(str(list(shape)) for shape in shapes)}."
        )


def _require_finite(values: Tensor) -> Tensor:
    if not values.isfinite().all():
        raise CourseError("The features contain NaN or infinite values.")
    return values
