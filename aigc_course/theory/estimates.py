"""Divergences estimated from samples, each with its standard error."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from aigc_course.errors import CourseError
from aigc_course.theory.arrays import Array, finite_line, line

LogDensity = Callable[[Array], ArrayLike]  # samples [n] -> log density [n]


@dataclass(frozen=True)
class Estimate:
    """A mean over n samples and its standard error, s / sqrt(n).

    About 68 % of such estimates lie within one error of the truth, 95 % within two.
    """

    value: float
    error: float

    def __str__(self) -> str:
        return f"{self.value:.4g} ± {self.error:.2g}"


def kl_samples(samples: ArrayLike, log_p: LogDensity, log_q: LogDensity) -> Estimate:
    """KL(p || q) as the mean of log p(x) - log q(x) over samples x [n] of p.

    log_p and log_q map samples [n] to log densities [n]. Unbiased; single estimates
    may be negative. Infinite, with a NaN error, where q is 0 at a sample. Raises
    CourseError for fewer than 2 samples, NaN, or a sample that p itself excludes.

    >>> x = np.random.default_rng(0).normal(1, 1, 10_000)
    >>> found = kl_samples(x, lambda x: -(x - 1) ** 2 / 2, lambda x: -x**2 / 2)
    >>> abs(found.value - 0.5) < 3 * found.error
    True
    """
    x = _samples(samples)
    return _mean(_log_at(x, log_p, own=True) - _log_at(x, log_q))


def js_samples(
    samples_p: ArrayLike, samples_q: ArrayLike, log_p: LogDensity, log_q: LogDensity
) -> Estimate:
    """JS(p, q) = 1/2 E_p[log 2p/(p+q)] + 1/2 E_q[log 2q/(p+q)] from samples of both.

    samples_p [n] and samples_q [m] are independent; log_p, log_q as in `kl_samples`.
    """
    p_part = _towards_middle(_samples(samples_p), log_p, log_q)
    q_part = _towards_middle(_samples(samples_q), log_q, log_p)
    error = np.hypot(p_part.error, q_part.error) / 2
    return Estimate((p_part.value + q_part.value) / 2, float(error))


def _towards_middle(x: Array, log_own: LogDensity, log_other: LogDensity) -> Estimate:
    own, other = _log_at(x, log_own, own=True), _log_at(x, log_other)
    return _mean(np.log(2) + own - np.logaddexp(own, other))


def _mean(terms: Array) -> Estimate:
    if np.isinf(terms).any():
        return Estimate(float(terms.max()), float("nan"))
    return Estimate(float(terms.mean()), float(terms.std(ddof=1) / len(terms) ** 0.5))


def _samples(samples: ArrayLike) -> Array:
    x = finite_line(samples, "samples")
    if len(x) < 2:
        raise CourseError("A standard error needs at least 2 samples.")
    return x


def _log_at(x: Array, log_density: LogDensity, own: bool = False) -> Array:
    logs = line(log_density(x), "log densities")
    if len(logs) != len(x):
        raise CourseError(f"{len(x)} samples need as many logs; got {len(logs)}.")
    if np.isposinf(logs).any():
        raise CourseError("A log density is infinite at a sample.")
    if own and np.isneginf(logs).any():
        raise CourseError("A sample lies where its own density is 0.")
    return logs
