"""The accountant of DP-SGD: Gaussian noise on random batches, steps upon steps.

Each step draws every example with probability `rate` (Poisson sampling) and adds noise
of `noise` times the clipping bound. The privacy loss is then a random variable, and
the losses of steps add. Its distribution is put on a grid, where adding is done by FFT
(Koskela, Jälkö & Honkela 2020; Gopi, Lee & Wutschitz 2021). What a cell of the grid
holds is divided between its two ends so that its probability stays the same with and
without the example. Such a grid never promises too much (Doroshenko, Ghazi, Kamath,
Kumar & Manurangsi 2022, "connect the dots"); what the window cuts off is added to
delta.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.special import logsumexp, ndtr, ndtri

from aigc_course.errors import CourseError
from aigc_course.privacy.accountant import (
    check,
    gaussian_delta,
    gaussian_epsilon,
    positive,
)

Array = np.ndarray
CELL = 0.02  # width of a cell in standard deviations of one step's loss
CUT = 1e-5  # of delta, spent on what the windows cut off
ROUNDING = 1e-16  # of each entry after an FFT of probabilities
SMALLEST_DELTA = 1e-9  # below it rounding would decide
MOST_CELLS = 2**22
MOST_EPSILON = 500.0  # above it the answer is infinity


@dataclass(frozen=True)
class Release:
    """`steps` noisy sums over batches that hold each example with probability `rate`.

    noise: standard deviation over sensitivity. A rate of 1 is a plain release with
    mu = 1 / noise. Raises CourseError for values that mean nothing.
    """

    noise: float
    rate: float = 1.0
    steps: int = 1

    def __post_init__(self) -> None:
        positive(self.noise, "The noise")
        if not 0 < self.rate <= 1:
            raise CourseError(
                f"The sampling rate has to be above 0 and at most 1, not {self.rate:g}."
            )
        if self.steps != int(self.steps) or self.steps < 1:
            raise CourseError(
                f"The number of steps has to be a whole number from 1 on, not"
                f" {self.steps:g}."
            )


class _Losses(NamedTuple):
    """Probabilities of privacy losses: mass[i] at (first + i) cells, rest at infinity.

    cut: probability that a window left out, to be added to delta.
    """

    first: int
    mass: Array
    infinite: float
    cut: float = 0.0


def subsampled_epsilon(noise: float, rate: float, steps: int, delta: float) -> float:
    """The epsilon that DP-SGD keeps at this delta: an upper bound, within 1 %.

    noise: the noise multiplier, standard deviation over clipping bound. rate: each
    example's probability to be in a batch. Infinity where it is above 500. Raises
    CourseError for a noise <= 0, a rate outside (0, 1], steps below 1, and a delta
    outside 1e-9 to 1.

    >>> round(subsampled_epsilon(2.0, 0.01, 1000, 1e-5), 2)
    0.62
    """
    return total_epsilon([Release(noise, rate, steps)], delta)


def subsampled_delta(noise: float, rate: float, steps: int, epsilon: float) -> float:
    """The delta that DP-SGD keeps at this epsilon: an upper bound.

    Arguments and errors as `subsampled_epsilon`; a negative epsilon is refused.
    """
    release = Release(noise, rate, steps)
    if rate == 1:
        return gaussian_delta(epsilon, math.sqrt(steps) / noise)
    if not epsilon >= 0:
        raise CourseError(f"epsilon cannot be negative, and it is {epsilon:g}.")
    both = (_composed((release,), SMALLEST_DELTA, side) for side in (True, False))
    return min(1.0, max(_delta(epsilon, cell, losses) for cell, losses in both))


def total_epsilon(releases: Sequence[Release], delta: float) -> float:
    """The epsilon that several releases about the same people keep together.

    Exact where all have a rate of 1, else an upper bound. No release at all gives 0.
    """
    check(1.0, delta)
    if not releases:
        return 0.0
    if all(release.rate == 1 for release in releases):
        mu = math.sqrt(sum(r.steps / r.noise**2 for r in releases))
        return gaussian_epsilon(mu, delta)
    if delta < SMALLEST_DELTA:
        raise CourseError(f"delta has to be at least {SMALLEST_DELTA:g} for DP-SGD.")
    return max(_epsilon(tuple(releases), delta, side) for side in (True, False))


def noise_for(epsilon: float, delta: float, rate: float, steps: int) -> float:
    """The smallest noise multiplier with which DP-SGD keeps (epsilon, delta).

    Rounded up in the fourth digit. Arguments and errors as `subsampled_epsilon`.
    """
    check(epsilon, delta)
    Release(1.0, rate, steps)  # refuses what means nothing
    low, high = 0.05, 0.1
    while subsampled_epsilon(high, rate, steps, delta) > epsilon:
        low, high = high, 2 * high
        if high > 1e5:
            raise CourseError(
                f"No noise keeps epsilon = {epsilon:g} over {steps:,} steps: ask for"
                " fewer steps or a smaller rate."
            )
    while high - low > 1e-4 * high:
        middle = (low + high) / 2
        holds = subsampled_epsilon(middle, rate, steps, delta) <= epsilon
        low, high = (low, middle) if holds else (middle, high)
    return high


@lru_cache(maxsize=256)
def _epsilon(releases: tuple[Release, ...], delta: float, gone: bool) -> float:
    """epsilon for neighbours of which the second lacks (or has) the one example."""
    cell, losses = _composed(releases, delta, gone)
    fixed = losses.infinite + losses.cut
    at = cell * (losses.first + np.arange(len(losses.mass)))
    at, mass = at[at > 0], losses.mass[at > 0]
    inside = at <= MOST_EPSILON  # what lies above counts as infinite
    fixed += float(mass[~inside].sum())
    at, mass = at[inside], mass[inside]
    # delta(e) = sum_{l > e} p_l (1 - exp(e - l)), linear in exp(e) between grid points
    above = np.cumsum(mass[::-1])[::-1]
    below = np.cumsum((mass * np.exp(-at))[::-1])[::-1]
    starts = np.concatenate([[0.0], at[:-1]])  # above[i]: what lies above starts[i]
    deltas = above - np.exp(starts) * below + fixed
    if not len(at) or deltas[0] <= delta:
        return 0.0 if fixed <= delta else math.inf
    i = int(np.flatnonzero(deltas > delta)[-1])
    found = math.log((above[i] + fixed - delta) / below[i]) if below[i] > 0 else at[-1]
    return min(max(found, starts[i]), at[i]) if fixed < delta else math.inf


def _delta(epsilon: float, cell: float, losses: _Losses) -> float:
    at = cell * (losses.first + np.arange(len(losses.mass)))
    gain = -np.expm1(np.minimum(epsilon - at, 0))
    return float(losses.mass @ gain) + losses.infinite + losses.cut


def _composed(
    releases: tuple[Release, ...], delta: float, gone: bool
) -> tuple[float, _Losses]:
    """Width of a cell, and the distribution of the sum of all steps' losses."""
    steps = sum(release.steps for release in releases)
    tail = CUT * delta / steps
    variance = sum(r.steps * _second_moment(r) for r in releases)
    cell = CELL * math.sqrt(variance / steps)
    cell = max(cell, 8 * math.sqrt(variance) / MOST_CELLS)
    each = [_one_step(release, cell, tail, gone) for release in releases]
    counts = [release.steps for release in releases]
    low, high = _window(each, counts, cell, CUT * delta)
    size = next_fast_len(max(high - low + 1, 2), real=True)
    if size > MOST_CELLS:
        return cell, _Losses(0, np.zeros(1), 1.0)
    # a circle of `size` cells: what lies outside the window comes in at the other end
    product = np.ones(size // 2 + 1, complex)
    finite = 1.0
    for losses, count in zip(each, counts, strict=True):
        places = (losses.first + np.arange(len(losses.mass))) % size
        circle = np.bincount(places, losses.mass, minlength=size)
        product *= rfft(circle) ** count
        finite *= (1 - losses.infinite) ** count
    around = np.roll(irfft(product, size), -(low % size)).clip(0)
    cut = 2 * CUT * delta + ROUNDING * size
    return cell, _Losses(low, around, 1 - finite, cut)


def _one_step(release: Release, cell: float, tail: float, gone: bool) -> _Losses:
    """One step's losses on the grid.

    P is the output with the example, (1 - q) N(0, s^2) + q N(1, s^2), and Q without,
    N(0, s^2). L(x) = log P(x)/Q(x) = log(1 - q + q exp((2x - 1) / 2s^2)) grows with x,
    so that each cell of losses is an interval of x. gone: losses log P/Q under P; else
    log Q/P under Q.
    """
    reach = -release.noise * float(ndtri(tail))
    ends = _loss(np.array([-reach, 1 + reach]), release)
    first, last = math.floor(ends[0] / cell), math.ceil(ends[1] / cell)
    grid = cell * np.arange(first, last + 1)
    x = _place(grid, release)
    bottom, top = x[0], x[-1]
    x[0] = -np.inf if gone else bottom
    without = _between(x / release.noise)
    mixed = _mixed(without, _between((x - 1) / release.noise), release)
    if gone:  # what lies above the grid counts as infinite
        over = _mixed(
            ndtr(-top / release.noise), ndtr((1 - top) / release.noise), release
        )
        return _Losses(first, _divided(mixed, without, grid[:-1], cell), float(over))
    # the same cells mirrored: their lowest losses are at the largest x
    mass = _divided(without[::-1], mixed[::-1], -grid[:0:-1], cell)
    mass[0] += ndtr(-top / release.noise)  # lower ones are moved up
    return _Losses(-last, mass, float(ndtr(bottom / release.noise)))


def _mixed(without: Any, within: Any, release: Release) -> Any:
    """Probability under P from those under N(0, s^2) and N(1, s^2)."""
    return (1 - release.rate) * without + release.rate * within


def _divided(p: Array, q: Array, low: Array, cell: float) -> Array:
    """Give the mass of each cell to its two ends, so that P and Q keep theirs.

    a + b = p and a exp(-l) + b exp(-l - cell) = q, for a cell from l to l + cell.
    """
    # where exp(l) is beyond float64, Q's mass is 0: all of P's goes up, which is safe
    upper = (p - np.exp(np.minimum(low, 700.0)) * q) / -math.expm1(-cell)
    upper = np.clip(upper, 0, p)
    return np.append(p - upper, 0) + np.concatenate([[0], upper])


def _loss(x: Array, release: Release) -> Array:
    """log(1 - q + q exp((2x - 1) / 2s^2)), also where the exponential overflows."""
    ratio = (2 * x - 1) / (2 * release.noise**2)
    if release.rate == 1:
        return ratio
    stay = math.log1p(-release.rate)
    return np.asarray(np.logaddexp(stay, math.log(release.rate) + ratio))


def _place(loss: Array, release: Release) -> Array:
    """The x where the loss is reached; minus infinity for losses that none reaches."""
    if release.rate == 1:
        return np.asarray(release.noise**2 * loss + 0.5)
    stay = math.log1p(-release.rate)
    with np.errstate(divide="ignore", invalid="ignore"):
        # log(exp(l) - (1 - q)), without overflow
        gap = np.log(-np.expm1(np.minimum(stay - loss, 0)))
    x = release.noise**2 * (loss + gap - math.log(release.rate)) + 0.5
    return np.where(loss > stay, x, -np.inf)


def _between(z: Array) -> Array:
    """Probability of N(0, 1) between neighbours of a rising list, exact in both tails.

    A difference of two numbers near 1 loses its digits: on the right the upper tails
    are subtracted.
    """
    left, right = np.diff(ndtr(z)), -np.diff(ndtr(-z))
    return np.where(z[:-1] > 0, right, left)


def _second_moment(release: Release) -> float:
    """E[L^2] of one step under P, by a sum over x."""
    reach = 12 * release.noise
    x = np.linspace(-reach, 1 + reach, 4001)
    here = -0.5 * (x / release.noise) ** 2
    losses = _loss(x, release)
    weight = np.exp(here + losses - logsumexp(here + losses))
    return float(weight @ losses**2)


def _window(
    each: Sequence[_Losses], counts: Sequence[int], cell: float, tail: float
) -> tuple[int, int]:
    """First and last cell of a window that the sum leaves with probability <= 2 tail.

    P(sum >= u) <= E[exp(t sum)] exp(-t u)    (Chernoff), the best t of sixty

    and the same for -sum.
    """
    spread = math.sqrt(
        sum(
            count * float(losses.mass @ (cell * _index(losses)) ** 2)
            for losses, count in zip(each, counts, strict=True)
        )
    )
    ends = []
    for sign in (-1, 1):
        best = math.inf
        for t in np.geomspace(0.05, 50, 60) / spread:
            growth = -math.log(tail)
            for losses, count in zip(each, counts, strict=True):
                positive_mass = losses.mass > 0
                power = sign * t * cell * _index(losses)[positive_mass]
                with np.errstate(over="ignore"):  # such a t is not the best
                    grown = logsumexp(power, b=losses.mass[positive_mass])
                growth += count * float(grown)
            best = min(best, growth / t)
        ends.append(sign * math.ceil(best / cell))
    low, high = ends
    return min(low, 0), max(high, 1)


def _index(losses: _Losses) -> Array:
    return losses.first + np.arange(len(losses.mass))
