"""Kernel distance between feature distributions (KID)."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_course.errors import CourseError


@dataclass(frozen=True)
class KID:
    """An estimate of the squared MMD and its standard error (NaN for one block)."""

    value: float
    standard_error: float


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
    a_parts = _parts(features_a, blocks, seed)
    b_parts = _parts(features_b, blocks, seed + 1)
    values = torch.stack([mmd2(a, b) for a, b in zip(a_parts, b_parts, strict=True)])
    spread = float(values.std()) if blocks > 1 else math.nan
    return KID(float(values.mean()), spread / math.sqrt(blocks))


def mmd2(a: Tensor, b: Tensor) -> Tensor:
    """Unbiased squared MMD between features [n, d] and [m, d]; a float64 scalar.

    sum_{i != j} k(a_i, a_j) / n(n-1) + sum_{i != j} k(b_i, b_j) / m(m-1)
    - 2 sum_{i, j} k(a_i, b_j) / nm                    (Gretton et al. 2012, equation 3)
    """
    within_a, within_b = (
        _off_diagonal_mean(_kernel(a, a)),
        _off_diagonal_mean(_kernel(b, b)),
    )
    return within_a + within_b - 2 * _kernel(a, b).mean()


def _kernel(a: Tensor, b: Tensor) -> Tensor:
    d = a.shape[1]
    return (a.double() @ b.double().T / d + 1) ** 3  # [n, m]


def _off_diagonal_mean(kernel: Tensor) -> Tensor:
    n = len(kernel)
    return (kernel.sum() - kernel.trace()) / (n * (n - 1))


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
