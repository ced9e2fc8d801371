"""A model fed on its own output: what happens, exactly, to a Gaussian.

Model 1 is fitted by maximum likelihood to n real numbers from N(mean, variance). Every
later model is fitted to n samples of the model before it (replace), or to the n real
numbers and all samples since (accumulate). Shumailov et al. (2024) call the loss of
variance model collapse; Gerstgrasser et al. (2024) show that accumulated data bound it.

>>> round(float(expected_variance(100, 10)[-1]), 6)  # (1 - 1/100)^10
0.904382
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.theory.arrays import positive

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Chains:
    """Fitted means and variances, [chains, generations + 1] each; entry 0 is truth."""

    means: Array
    variances: Array


def expected_variance(
    n: int, generations: int, accumulate: bool = False, variance: float = 1.0
) -> Array:
    """E of the fitted variance after 0, 1, ..., generations: [generations + 1].

    replace: variance (1 - 1/n)^k. accumulate: variance prod_{j=1..k} (1 - 1/(n j^2)).
    Raises CourseError for n below 2 and a variance that is not positive.
    """
    return positive(variance, "variance") * _kept(n, generations, accumulate)


def limit(n: int, variance: float = 1.0) -> float:
    """What accumulating leaves of the variance for ever: sinc, by Euler's product.

    prod_{j >= 1} (1 - 1/(n j^2)) = sin(pi/sqrt(n)) / (pi/sqrt(n)).
    """
    _check(n, 1)
    return positive(variance, "variance") * float(np.sinc(1 / np.sqrt(n)))


def expected_wander(
    n: int, generations: int, accumulate: bool = False, variance: float = 1.0
) -> Array:
    """Variance of the fitted mean around the true one: [generations + 1].

    In both ways it is variance minus the expected fitted variance: a fitted mean and
    variance split the same sum of squares.
    """
    return variance - expected_variance(n, generations, accumulate, variance)


def expected_log_variance(
    n: int, generations: int, unbiased: bool = False, variance: float = 1.0
) -> Array:
    """E log of the fitted variance when data are replaced: [generations + 1].

    log variance + k (psi((n - 1)/2) + log 2 - log n), with log(n - 1) for the unbiased
    estimator: v_k/v_{k-1} is chi-square with n - 1 degrees of freedom, divided by n or
    n - 1. The step is negative for both, so that even the unbiased variance, whose mean
    stays, goes to 0 with probability 1.
    """
    from scipy.special import digamma  # takes a while to load

    _check(n, generations)
    step = float(digamma((n - 1) / 2)) + np.log(2) - np.log(n - 1 if unbiased else n)
    return np.log(positive(variance, "variance")) + step * np.arange(generations + 1)


def expected_diversity(
    n: int, generations: int, accumulate: bool = False, start: float = 0.9
) -> Array:
    """E of 1 - sum p_c^2 when class shares are fed on their own draws.

    The chance that two draws differ in class falls by the same factors as the variance;
    in genetics it is the loss of heterozygosity (Wright 1931). start: 0.9 is ten
    classes of the same share.
    """
    if not 0 <= start < 1:
        raise CourseError(f"The diversity 1 - sum p^2 lies in [0, 1); got {start}.")
    return start * _kept(n, generations, accumulate)


def simulate(
    n: int,
    generations: int,
    chains: int = 1000,
    accumulate: bool = False,
    unbiased: bool = False,
    seed: int = 0,
) -> Chains:
    """Feed `chains` Gaussians on their own output, starting from N(0, 1).

    Raises CourseError for n below 2, or when accumulating is asked for together with
    the unbiased estimator, of which nothing is derived here.
    """
    _check(n, generations)
    validate.whole(chains, "The number of chains")
    if accumulate and unbiased:
        raise CourseError("Accumulating is done with the ML estimator: unbiased=False.")
    random = np.random.default_rng(seed)
    means, variances = [np.zeros(chains)], [np.ones(chains)]
    for k in range(generations):
        drawn = random.standard_normal((chains, n))
        drawn = means[-1][:, None] + np.sqrt(variances[-1])[:, None] * drawn
        mean, variance = drawn.mean(axis=1), drawn.var(axis=1, ddof=int(unbiased))
        if accumulate and k:
            mean, variance = _pooled(k, means[-1], variances[-1], mean, variance)
        means.append(mean)
        variances.append(variance)
    return Chains(np.stack(means, axis=1), np.stack(variances, axis=1))


def _pooled(
    k: int, mean: Array, variance: Array, new_mean: Array, new_variance: Array
) -> tuple[Array, Array]:
    """Mean and ML variance of k old parts of a size, and one new part of that size."""
    old, new = k / (k + 1), 1 / (k + 1)
    between = old * new * (new_mean - mean) ** 2
    return old * mean + new * new_mean, old * variance + new * new_variance + between


def _kept(n: int, generations: int, accumulate: bool) -> Array:
    """What is left of the variance: products of 1 - 1/n, or of 1 - 1/(n j^2)."""
    _check(n, generations)
    j = np.arange(1, generations + 1, dtype=np.float64)
    factors = 1 - 1 / (n * j**2) if accumulate else np.full(generations, 1 - 1 / n)
    return np.concatenate([[1.0], np.cumprod(factors)])


def _check(n: int, generations: int) -> None:
    validate.whole(n, "The number of samples n", 2)
    validate.whole(generations, "The number of generations", 0)
