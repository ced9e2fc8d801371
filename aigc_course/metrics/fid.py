"""Fréchet distance between feature distributions (FID)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.intervals import Estimate
from aigc_course.metrics import errors

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
    return float(to_many(Gaussian(mu1, cov1), mu2[None], cov2[None]))


def to_many(one: Gaussian, means: Tensor, covariances: Tensor) -> Tensor:
    """Squared distances [n] from one Gaussian to n, with means [n, d], all float64."""
    root = _square_root(one.covariance)  # S1^1/2, taken once
    # tr (S1^1/2 S2 S1^1/2)^1/2 = sum of the roots of its eigenvalues
    eigenvalues = torch.linalg.eigvalsh(root @ covariances @ root)  # [n, d]
    cross = eigenvalues.clamp(min=0).sqrt().sum(1)
    traces = one.covariance.trace() + covariances.diagonal(dim1=1, dim2=2).sum(1)
    squared = (means - one.mean).square().sum(1) + traces - 2 * cross
    return squared.clamp(min=0)  # rounding can leave -1e-13


def fid(features_a: Tensor, features_b: Tensor) -> float:
    """Fréchet distance between two sets of features [n, d] and [m, d].

    FID = frechet(Gaussian of a, Gaussian of b)        (Heusel et al. 2017, section 3)
    It is 0 for equal sets, symmetric, and biased upwards for small n: compare only
    values with the same extractor, the same n and the same reference.
    Raises CourseError as `Gaussian.fit` and `frechet` do.
    """
    a, b = Gaussian.fit(features_a), Gaussian.fit(features_b)
    return frechet(a.mean, a.covariance, b.mean, b.covariance)


def fid_estimate(samples: Tensor, real: Tensor | Gaussian) -> Estimate:
    """FID of samples [n, d] to real features or their Gaussian, with its error.

    The error is the jackknife's over ten groups of samples (`metrics.errors`): how much
    FID would change with other samples of the same generator. It contains neither the
    bias of n nor the choice of the real images, which is the same for all that are
    compared with them. NaN when a group's absence would leave fewer than 2 samples.
    """
    target = real if isinstance(real, Gaussian) else Gaussian.fit(real)
    mine = Gaussian.fit(samples)
    value = frechet(target.mean, target.covariance, mine.mean, mine.covariance)
    if len(samples) < 3:
        return Estimate(value, float("nan"))
    parts = Moments.by_group(samples, errors.groups(len(samples)))
    return Estimate(value, errors.jackknife(to_many(target, *left_out(parts)).tolist()))


@dataclass(frozen=True)
class Moments:
    """Sums over features: how many, their sum [d] and sum of products [d, d].

    Sums can be added and taken away, so a set without one of its groups costs no
    second pass over the features. They are taken about `centre`, against rounding.
    """

    n: int
    total: Tensor
    products: Tensor
    centre: Tensor

    @classmethod
    def by_group(
        cls, features: Tensor, parts: tuple[Tensor, ...]
    ) -> tuple["Moments", ...]:
        """One for each group of row numbers, about the mean of all rows."""
        centre = features.mean(0, dtype=torch.float64)
        return tuple(cls._of(features[rows], centre) for rows in parts)

    @classmethod
    def _of(cls, rows: Tensor, centre: Tensor) -> "Moments":
        total = rows.double().sum(0) - len(rows) * centre
        return cls(len(rows), total, _scatter(rows, centre), centre)


def left_out(parts: tuple[Moments, ...], whole: bool = False) -> tuple[Tensor, Tensor]:
    """Means [G, d] and covariances [G, d, d] of all features but one group's.

    whole: put those of all features before them. Where fewer than 2 are left, the mean
    is NaN and the covariance 0, so that the distance is NaN.
    """
    n = torch.tensor([p.n for p in parts]).double()
    totals = torch.stack([p.total for p in parts])
    products = torch.stack([p.products for p in parts])
    less = [torch.cat([x[:1] * 0, x]) if whole else x for x in (n, totals, products)]
    n, totals, products = (
        x.sum(0) - minus for x, minus in zip((n, totals, products), less, strict=True)
    )
    means = totals / torch.where(n < 2, torch.nan, n)[:, None]  # about the centre
    outer = n[:, None, None] * means[:, :, None] * means[:, None, :]
    covariances = ((products - outer) / (n[:, None, None] - 1)).nan_to_num()
    return means + parts[0].centre, covariances


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
