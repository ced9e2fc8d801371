"""Exercise on sampling by the inverse of the distribution function."""

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Array = NDArray[np.float64]


exercise = Exercise(
    "01.inverse_cdf",
    order=10,
    title="Samples from uniform numbers",
    difficulty=2,
    minutes=10,
    asks="method",
    idea="Collect the probability from the left: F rises from 0 to 1. Then read its"
    " curve the other way round: for each u, find the x at which F reaches u.",
    formula="F(x_i) = sum over j <= i of p_j dx, and x = F^-1(u); `np.interp(u, F, x)`"
    " reads a rising curve the other way round.",
    line="Write `F = np.cumsum(p) * (x[1] - x[0])` and `return np.interp(u, F, x)`.",
    variation="Feed in ten evenly spaced u and look where the samples lie close.",
    tolerance=5e-3,  # a sum and a trapezoid rule differ by half a step of the grid
)


@exercise.answer
def inverse_cdf(x: Array, p: Array, u: Array) -> Array:
    """The places [m] at which the distribution function of p reaches u [m].

    x [n] even grid, p [n] density there, u in [0, 1). (Devroye 1986, section II.2.)
    """
    F = np.cumsum(p) * (x[1] - x[0])  # [n], rises from 0 to 1
    return np.interp(u, F, x)


def bell(x: Array, mean: float, std: float) -> Array:
    """The normal density."""
    return np.exp(-(((x - mean) / std) ** 2) / 2) / (std * np.sqrt(2 * np.pi))


@exercise.inputs
def densities() -> list[tuple[Array, Array, Array]]:
    x = np.linspace(-6, 6, 6001)
    humps = 0.3 * bell(x, -2, 0.5) + 0.7 * bell(x, 1, 1)
    ramp = np.where((x >= 0) & (x <= 2), x / 2, 0)
    # the ends of p are flat: there a thousandth of u is a long way in x
    u = 0.01 + 0.98 * np.random.default_rng(1).random(200)
    return [(x, bell(x, 0.5, 1), u), (x, humps, u), (x, ramp, u)]


@exercise.must_hold
def shares(f) -> bool:
    """Of evenly spaced u, the share that lands left of a place is F of that place."""
    x = np.linspace(-6, 6, 6001)
    landed = f(x, bell(x, 0, 1), (np.arange(2000) + 0.5) / 2000)
    inside = [(np.abs(landed) < k).mean() for k in (1, 2)]
    return same(inside, [0.6827, 0.9545], 4e-3)


@exercise.must_hold
def rises(f) -> bool:
    """A larger u gives a larger x, or the same."""
    x = np.linspace(-6, 6, 6001)
    u = np.linspace(0.01, 0.99, 99)
    return bool((np.diff(f(x, bell(x, -1, 0.5), u)) >= 0).all())


@exercise.must_hold
def median(f) -> bool:
    """u = 1/2 gives the median: the middle of a symmetric density, wherever it is."""
    x = np.linspace(-6, 6, 6001)
    found = [f(x, bell(x, middle, 0.7), np.array([0.5])) for middle in (-2, 0, 3)]
    return same(np.concatenate(found), np.array([-2.0, 0.0, 3.0]), 5e-3)


@exercise.mistake(hint="idea")
def density_read_backwards(x: Array, p: Array, u: Array) -> Array:
    """You look u up among the densities. A density is a height, may exceed 1, and has
    no inverse, since it rises and falls. Collect it first: F, its running integral,
    only rises."""
    return np.interp(u, p, x)


@exercise.mistake(hint="formula")
def read_forwards(x: Array, p: Array, u: Array) -> Array:
    """You compute F(u), a probability, where F^-1(u), a place, is asked for. Swap the
    two curves in `np.interp`: it takes the known values first."""
    return np.interp(u, x, np.cumsum(p) * (x[1] - x[0]))


@exercise.mistake(hint="formula")
def without_dx(x: Array, p: Array, u: Array) -> Array:
    """Your F is a plain sum of heights and climbs far beyond 1, so every u is reached
    at the far left. Each height stands for a strip of width dx = x[1] - x[0]:
    multiply by it."""
    return np.interp(u, np.cumsum(p), x)


@exercise.mistake(hint="idea")
def spread_evenly(x: Array, p: Array, u: Array) -> Array:
    """You stretch u over the range of x, so all places come equally often, whatever p
    is. Where p is high, more of the u must land."""
    return x[0] + u * (x[-1] - x[0])


@exercise.mistake(hint="idea")
def always_the_mode(x: Array, p: Array, u: Array) -> Array:
    """Every u gives the most probable place. To generate is to draw, not to pick the
    best: the unlikely places must come too, as often as p says."""
    return np.full_like(u, x[p.argmax()])


@exercise.mistake(hint="formula")
def from_the_right(x: Array, p: Array, u: Array) -> Array:
    """These are samples of p too, since 1 - u is as uniform as u. But F^-1 rises, and
    yours falls: collect the probability from the left."""
    return inverse_cdf(x, p, 1 - u)


@exercise.mistake(hint="idea", draws=True)
def own_random_numbers(x: Array, p: Array, u: Array) -> Array:
    """You draw random numbers of your own and leave `u` out. The randomness is given:
    each sample is a function of its u."""
    return np.random.default_rng().choice(x, size=len(u), p=p / p.sum())


@exercise.mistake(hint="line")
def index_for_place(x: Array, p: Array, u: Array) -> NDArray[np.intp]:
    """You return the number of the grid point and not its place. Look the place up:
    `x[index]`."""
    return np.searchsorted(np.cumsum(p) * (x[1] - x[0]), u)


@exercise.mistake(hint="idea")
def height_at_the_sample(x: Array, p: Array, u: Array) -> Array:
    """You return the density at the sample. The sample itself, a place on the line, is
    asked for: leave out the last step."""
    return np.interp(inverse_cdf(x, p, u), x, p)


@exercise.mistake(hint="formula")
def first_moment(x: Array, p: Array, u: Array) -> Array:
    """You collect x times p, which gives a mean and need not rise. F collects the
    density alone."""
    return np.interp(u, np.cumsum(x * p) * (x[1] - x[0]), x)


@exercise.mistake(hint="formula")
def mean_of_heights(x: Array, p: Array, u: Array) -> Array:
    """You divide the running sum by the number of grid points, so your F ends at 1 only
    where the grid has the length 1. Multiply by the width of a cell, x[1] - x[0]."""
    return np.interp(u, np.cumsum(p) / len(p), x)


@exercise.mistake(hint="formula")
def sorted_samples(x: Array, p: Array, u: Array) -> Array:
    """Your samples are right but sorted, so they no longer belong to their u. Keep the
    order of `u`."""
    return np.sort(inverse_cdf(x, p, u))


@exercise.mistake(hint="idea")
def normal_instead(x: Array, p: Array, u: Array) -> Array:
    """You read the quantiles of a normal density with the mean and spread of p. That is
    right for a normal p only: invert the running sum of p itself."""
    weights = p / p.sum()
    mean = weights @ x
    return mean + np.sqrt(weights @ (x - mean) ** 2) * _normal_quantiles(u)


def _normal_quantiles(u: Array) -> Array:
    return np.array([NormalDist().inv_cdf(one) for one in u])
