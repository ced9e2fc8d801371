"""Divergences between two densities on the same grid, infinite where defined so.

Each takes two `Density` objects and returns a float. Each is 0 where p = q and above 0
elsewhere. Densities on different grids are refused with a CourseError.
"""

import numpy as np

from aigc_course.theory.arrays import Array
from aigc_course.theory.density import Density, require_same_grid


def kl(p: Density, q: Density) -> float:
    """KL(p || q) = E_p[log p/q], in nats    (Kullback & Leibler 1951).

    Infinite where q = 0 < p somewhere: p shows what q calls impossible.

    >>> from aigc_course.theory import grid, normal
    >>> x = grid(-10, 10)
    >>> round(kl(normal(x, 1), normal(x, 0)), 6)   # (1 - 0)^2 / 2
    0.5
    """
    require_same_grid(p, q)
    return p.expect(log_ratio(p, q))


def reverse_kl(p: Density, q: Density) -> float:
    """KL(q || p) = E_q[log q/p]; infinite where p = 0 < q somewhere."""
    return kl(q, p)


def jensen_shannon(p: Density, q: Density) -> float:
    """JS(p, q) = 1/2 KL(p || m) + 1/2 KL(q || m) with m = (p + q) / 2    (Lin 1991).

    Between 0 and log 2, in nats; log 2 exactly where p and q never overlap.
    """
    require_same_grid(p, q)
    m = np.logaddexp(p.logs, q.logs) - np.log(2)  # log m
    p_part = p.expect(_log_ratio(p.logs, m))
    q_part = q.expect(_log_ratio(q.logs, m))
    return p_part / 2 + q_part / 2


def total_variation(p: Density, q: Density) -> float:
    """TV(p, q) = 1/2 sum |p - q| dx: the largest gap in the probability of an event.

    Between 0 and 1; 1 exactly where p and q never overlap.
    """
    require_same_grid(p, q)
    return float(np.abs(p.p - q.p).sum() * p.dx / 2)


def chi_square(p: Density, q: Density) -> float:
    """Pearson's chi^2(p || q) = E_q[(p/q - 1)^2] = E_p[p/q] - 1    (Pearson 1900).

    Infinite where q = 0 < p somewhere, and where p/q is too large for a float64.
    """
    require_same_grid(p, q)
    with np.errstate(over="ignore"):
        # (p - q)^2 / q = (p - q)(p/q - 1), written so that small gaps keep their digits
        ratio_less_one = np.expm1(log_ratio(p, q))
        terms = np.where(p.p == q.p, 0, (p.p - q.p) * ratio_less_one)
    return float(terms.sum() * p.dx)


def hellinger(p: Density, q: Density) -> float:
    """The squared Hellinger distance H^2(p, q) = 1/2 sum (sqrt p - sqrt q)^2 dx.

    Between 0 and 1; its root is a metric. Some authors (Nowozin et al. 2016) leave out
    the 1/2.
    """
    require_same_grid(p, q)
    return float(((np.sqrt(p.p) - np.sqrt(q.p)) ** 2).sum() * p.dx / 2)


def density_ratio(p: Density, q: Density) -> Array:
    """p/q at each point, [n]: inf where q = 0 < p, and 1 where both are 0."""
    require_same_grid(p, q)
    with np.errstate(over="ignore"):
        return np.exp(log_ratio(p, q))


def log_ratio(p: Density, q: Density) -> Array:
    """log p/q at each point, [n]: +-inf where one of them is 0, 0 where both are."""
    return _log_ratio(p.logs, q.logs)


def _log_ratio(a: Array, b: Array) -> Array:
    both_zero = np.isneginf(a) & np.isneginf(b)
    with np.errstate(invalid="ignore"):  # inf - inf
        return np.where(both_zero, 0, a - b)
