"""Kernel distance between feature distributions (KID)."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.intervals import Estimate


@dataclass(frozen=True)
class KID:
    """An estimate of the squared MMD and its standard error (NaN for one block)."""

    value: float
    standard_error: float
    blocks: int = 10

    @property
    def estimate(self) -> Estimate:
        """The value with the half-width of its 95 % interval, by Student's t."""
        from scipy.stats import t  # takes a while to load

        factor = float(t.ppf(0.975, self.blocks - 1)) if self.blocks > 1 else math.nan
        return Estimate(self.value, factor * self.standard_error)


def kid(features_a: Tensor, features_b: Tensor, blocks: int = 10, seed: int = 0) -> KID:
    """Kernel distance between features [n, d] and [m, d], with a standard error.

    KID is the squared maximum mean discrepancy with k(x, y) = (x.y / d + 1)^3
    (Binkowski et al. 2018, section 4). It is unbiased, so it can be negative for equal
    distributions, and its mean does not depend on n. Both sets are shuffled and cut
    into `blocks` parts that share no image; the value is the mean over the parts and
    its standard error their spread / sqrt(blocks). (Subsets that overlap, as often
    used, are not independent and make the error look too small.)

    Raises CourseError when the widths differ or a block would hold fewer than 2 images.
    """
    _require(features_a, features_b, blocks)
    dtype = torch.promote_types(features_a.dtype, features_b.dtype)
    features_a, features_b = features_a.to(dtype), features_b.to(dtype)
    a_parts = _parts(features_a, blocks, seed)
    b_parts = _parts(features_b, blocks, seed + 1)
    values = torch.stack([mmd2(a, b) for a, b in zip(a_parts, b_parts, strict=True)])
    spread = float(values.std()) if blocks > 1 else math.nan
    return KID(float(values.mean()), spread / math.sqrt(blocks), blocks)


def mmd2(a: Tensor, b: Tensor) -> Tensor:
    """Unbiased squared MMD between features [n, d] and [m, d]; a float64 scalar.

    sum_{i != j} k(a_i, a_j) / n(n-1) + sum_{i != j} k(b_i, b_j) / m(m-1)
    - 2 sum_{i, j} k(a_i, b_j) / nm                    (Gretton et al. 2012, equation 3)

    The kernel is computed in the features' own type. In float32 each of its values is
    off by about 1e-7 of itself, at random, which the float64 means reduce to 1e-10.
    """
    within_a, within_b = _mean_of_others(a), _mean_of_others(b)
    return within_a + within_b - 2 * _kernel(a, b).mean(dtype=torch.float64)


def _kernel(a: Tensor, b: Tensor) -> Tensor:
    one = a.new_ones(())
    return torch.addmm(one, a, b.T, alpha=1 / a.shape[1]).pow_(3)  # [n, m]


def _mean_of_others(a: Tensor) -> Tensor:
    """Mean of k(a_i, a_j) over i != j."""
    kernel, n = _kernel(a, a), len(a)
    same = kernel.diagonal().sum(dtype=torch.float64)
    return (kernel.sum(dtype=torch.float64) - same) / (n * (n - 1))


def _parts(features: Tensor, blocks: int, seed: int) -> tuple[Tensor, ...]:
    order = torch.randperm(len(features), generator=torch.Generator().manual_seed(seed))
    size = len(features) // blocks
    return features[order[: size * blocks]].split(size)


def _require(a: Tensor, b: Tensor, blocks: int) -> None:
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise CourseError(
            "KID compares features [n, d] with features [m, d] of the same d;"
            f" got {list(a.shape)} and {list(b.shape)}."
        )
    if blocks < 1 or min(len(a), len(b)) < 2 * blocks:
        raise CourseError(
            f"KID in {blocks} blocks needs at least {2 * max(blocks, 1)} images on"
            f" each side; got {len(a)} and {len(b)}."
        )
    if not (a.isfinite().all() and b.isfinite().all()):
        raise CourseError("The features contain NaN or infinite values.")
