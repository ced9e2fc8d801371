"""Distances that know how far apart points are: Wasserstein-1 and MMD."""

import numpy as np
from numpy.typing import ArrayLike

from aigc_course.errors import CourseError
from aigc_course.theory.arrays import Array, finite_line, positive
from aigc_course.theory.density import Density, require_same_grid


def wasserstein1(p: Density, q: Density) -> float:
    """W1(p, q) = integral of |F_p(x) - F_q(x)| dx: the least work to move p onto q.

    In one dimension this is exact, and equals the integral over u in [0, 1] of the
    distance of the u-quantiles (Vallender 1974). In the units of x; finite also where
    p and q never overlap.

    >>> from aigc_course.theory import grid, normal
    >>> x = grid(-10, 10)
    >>> round(wasserstein1(normal(x, 0), normal(x, 3)), 6)   # a shift by 3
    3.0
    """
    require_same_grid(p, q)
    return float(np.abs(p.cdf - q.cdf)[:-1].sum() * p.dx)


def wasserstein1_samples(a: ArrayLike, b: ArrayLike) -> float:
    """W1 between two sets of numbers, a [n] and b [m]; n and m may differ.

    The area between the two empirical distribution functions; for n = m the mean
    distance of the sorted values.

    >>> wasserstein1_samples([0, 1], [5, 6])
    5.0
    """
    a, b = np.sort(finite_line(a, "samples")), np.sort(finite_line(b, "samples"))
    places = np.sort(np.concatenate([a, b]))
    # shares of each set at or below every place but the last
    share_a, share_b = (
        np.searchsorted(values, places[:-1], side="right") / len(values)
        for values in (a, b)
    )
    return float(np.abs(share_a - share_b) @ np.diff(places))


def mmd2(a: ArrayLike, b: ArrayLike, bandwidth: float = 1.0) -> float:
    """Unbiased squared maximum mean discrepancy of samples a [n, d] and b [m, d].

    sum_{i != j} k(a_i, a_j) / n(n-1) + sum_{i != j} k(b_i, b_j) / m(m-1)
    - 2 sum_{i, j} k(a_i, b_j) / nm            (Gretton et al. 2012, equation 3)
    with k(x, y) = exp(-|x - y|^2 / 2 bandwidth^2). Being unbiased it may fall below 0
    where the two distributions are equal. [n] is read as [n, 1]; memory grows as n m.

    Raises CourseError for fewer than 2 samples, different d, NaN or a bandwidth not
    above 0.
    """
    a, b, scale = _points(a), _points(b), positive(bandwidth, "bandwidth")
    if a.shape[1] != b.shape[1]:
        raise CourseError(
            f"The samples have {a.shape[1]} and {b.shape[1]} dimensions; they must"
            " have the same."
        )
    within = _mean_apart(_kernel(a, a, scale)) + _mean_apart(_kernel(b, b, scale))
    return float(within - 2 * _kernel(a, b, scale).mean())


def _kernel(a: Array, b: Array, bandwidth: float) -> Array:
    # |x - y|^2, coordinate by coordinate: no cancellation between large squares
    squares = sum((np.subtract.outer(a[:, i], b[:, i])) ** 2 for i in range(a.shape[1]))
    return np.exp(-squares / (2 * bandwidth**2))  # [n, m]


def _mean_apart(kernel: Array) -> float:
    n = len(kernel)
    return float((kernel.sum() - kernel.trace()) / (n * (n - 1)))


def _points(samples: ArrayLike) -> Array:
    points = np.asarray(samples, dtype=np.float64)
    points = points[:, None] if points.ndim == 1 else points
    if points.ndim != 2 or len(points) < 2 or not points.shape[1]:
        raise CourseError(
            "MMD compares samples [n, d] with samples [m, d], at least 2 on each side;"
            f" got shape {list(points.shape)}."
        )
    if not np.isfinite(points).all():
        raise CourseError("The samples contain NaN or infinite values.")
    return points
