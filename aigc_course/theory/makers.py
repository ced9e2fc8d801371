"""Ways to make a density on a grid."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from aigc_course.errors import CourseError
from aigc_course.theory.arrays import Array, finite_line, never_negative, positive
from aigc_course.theory.density import Density, grid_points


def grid(low: float, high: float, n: int = 2001) -> Array:
    """n evenly spaced points from `low` to `high`, both included: [n].

    >>> grid(-1, 1, 5)
    array([-1. , -0.5,  0. ,  0.5,  1. ])
    """
    if not (np.isfinite([low, high]).all() and low < high and n >= 2):
        raise CourseError(
            f"A grid goes from low to a larger high in at least 2 points;"
            f" got low={low}, high={high}, n={n}."
        )
    return np.linspace(low, high, n)


def normal(x: Array, mean: float = 0.0, std: float = 1.0) -> Density:
    """The normal density on the grid x [n], renormalised there.

    Raises CourseError where the grid holds less than half its mass, and for a std that
    is narrower than a step.

    >>> p = normal(grid(-8, 8), mean=1, std=0.5)
    >>> round(p.mean, 6), round(p.std, 6)
    (1.0, 0.5)
    """
    return mixture(x, [mean], [std])


def mixture(
    x: Array,
    means: Sequence[float],
    stds: Sequence[float],
    weights: Sequence[float] | None = None,
) -> Density:
    """A mixture of k normal densities, renormalised on the grid x [n].

    means, stds, weights: k numbers each; equal weights where none are given.
    Raises CourseError for unequal counts, stds not above 0, weights that are negative
    or do not sum to 1, and where the grid holds less than half the mass.
    """
    centres, widths = finite_line(means, "means"), finite_line(stds, "stds")
    k = len(centres)
    shares = np.full(k, 1 / k) if weights is None else finite_line(weights, "weights")
    if len(widths) != k or len(shares) != k:
        raise CourseError("A mixture needs as many stds and weights as means.")
    if not shares.min() >= 0 or not abs(shares.sum() - 1) < 1e-6:
        raise CourseError("The weights of a mixture are at least 0 and sum to 1.")
    x = grid_points(x)
    parts = [  # log of w N(x; m, s^2)
        np.log(w / (positive(s, "std") * np.sqrt(2 * np.pi))) - ((x - m) / s) ** 2 / 2
        for w, m, s in zip(shares, centres, widths, strict=True)
        if w > 0
    ]
    return _from_logs(x, np.logaddexp.reduce(parts))


def uniform(x: Array, low: float, high: float) -> Density:
    """The uniform density on the grid points from `low` to `high`, both included.

    Raises CourseError where no grid point lies between them.
    """
    x = grid_points(x)
    slack = 1e-9 * (x[-1] - x[0])  # an end that lies on a point should include it
    inside = (x >= low - slack) & (x <= high + slack)
    if not inside.any():
        raise CourseError(f"No point of the grid lies between {low} and {high}.")
    return normalised(x, inside)


def normalised(x: Array, values: ArrayLike) -> Density:
    """values [n], at least 0, divided by sum(values) dx.

    Raises CourseError for negative values, NaN, or where all are 0.
    """
    x, values = grid_points(x), never_negative(values, "density values")
    if len(x) != len(values):
        raise CourseError(f"The grid has {len(x)} points, the values {len(values)}.")
    if not values.max() > 0:
        raise CourseError("The values are 0 everywhere: there is nothing to normalise.")
    shares = values / values.max()  # so that the sum cannot overflow
    return Density(x, shares / (shares.sum() * (x[1] - x[0])))


def from_samples(x: Array, samples: ArrayLike) -> Density:
    """The histogram of samples [m] over the cells of the grid x [n].

    Samples beyond the grid count in its end cells, so no mass is lost. Choose a grid
    of a few hundred points or fewer: a cell needs many samples to be accurate.
    """
    x, samples = grid_points(x), finite_line(samples, "samples")
    cells = np.rint((samples - x[0]) / (x[1] - x[0])).clip(0, len(x) - 1).astype(int)
    return normalised(x, np.bincount(cells, minlength=len(x)))


def _from_logs(x: Array, logs: Array) -> Density:
    """The density exp(logs), which should sum to one already, sum corrected."""
    total = np.logaddexp.reduce(logs) + np.log(x[1] - x[0])
    if not abs(total) < np.log(2):
        raise CourseError(
            f"On this grid the density sums to {np.exp(total):.3g}, far from 1: choose"
            " a wider grid if it lies outside, a finer one if it is too thin."
        )
    # in logarithms, so that the tails keep theirs
    return Density(x, np.exp(logs - total), logs - total)
