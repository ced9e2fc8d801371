"""A one-dimensional density on an even grid: the exact side of every comparison."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from aigc_course.errors import CourseError
from aigc_course.theory.arrays import Array, finite_line, line, never_negative

_TOTAL = 1e-6  # how far the mass of a density may be from one


@dataclass(frozen=True, eq=False, repr=False)
class Density:
    """A density p(x), constant on cells of width dx around the points of a grid.

    x: [n] evenly spaced, rising. p: [n], at least 0, with sum(p) dx = 1.
    log_p: [n], log p, -inf where p is 0. It follows from p; the makers of this package
    hand it over so that tails too thin for p (below 1e-308) keep their logarithm.

    Integrals are sums over cells. On a grid that holds the density's bulk their error
    is far below 1e-6 where p is smooth, and of the order of dx where p jumps.

    Raises CourseError for an uneven grid, negative values, NaN, or a sum other than 1.

    >>> Density(np.array([0.0, 1.0]), np.array([0.25, 0.75])).mean
    0.75
    """

    x: Array
    p: Array
    log_p: Array | None = None

    def __post_init__(self) -> None:
        x, p = grid_points(self.x), never_negative(self.p, "density values")
        if len(x) != len(p):
            raise CourseError(f"The grid has {len(x)} points, the density {len(p)}.")
        total = float(p.sum() * (x[1] - x[0]))
        if abs(total - 1) > _TOTAL:
            raise CourseError(
                f"The density sums to {total:.6g}, not to 1;"
                " theory.normalised(x, values) divides by the sum."
            )
        for name, array in (("x", x), ("p", p), ("log_p", _log(p, self.log_p))):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def __repr__(self) -> str:
        span = f"{len(self.x)} points from {self.x[0]:g} to {self.x[-1]:g}"
        return f"Density({span}, mean {self.mean:.3g}, std {self.std:.3g})"

    @property
    def dx(self) -> float:
        """Width of a cell."""
        return float((self.x[-1] - self.x[0]) / (len(self.x) - 1))

    @property
    def logs(self) -> Array:
        """log p [n], as `log_p`."""
        assert self.log_p is not None  # set by __post_init__
        return self.log_p

    @property
    def mean(self) -> float:
        """E[x]."""
        return self.expect(self.x)

    @property
    def std(self) -> float:
        """sqrt(E[(x - E[x])^2])."""
        return self.expect((self.x - self.mean) ** 2) ** 0.5

    @cached_property
    def cdf(self) -> Array:
        """Mass up to and including each point's cell, [n], rising to 1."""
        total = np.cumsum(self.p)
        return total / total[-1]

    def expect(self, values: Array) -> float:
        """E[values(x)] = sum p values dx, for values [n]; where p = 0 nothing counts.

        Raises CourseError for another length and for NaN where p > 0.
        """
        values = np.asarray(values, dtype=np.float64)
        if values.shape != self.p.shape:
            raise CourseError(
                f"The values have shape {list(values.shape)}, the grid has"
                f" {len(self.p)} points."
            )
        weighted = self.p > 0  # 0 * inf = 0
        if np.isnan(values[weighted]).any():
            raise CourseError("The values are NaN where the density is positive.")
        with np.errstate(invalid="ignore"):  # inf - inf
            return float(self.p[weighted] @ values[weighted] * self.dx)

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """n independent draws [n], float64: a cell by its mass, a place within it."""
        cells = np.searchsorted(self.cdf, rng.random(n), side="right")
        return self.x[cells] + self.dx * (rng.random(n) - 0.5)


def require_same_grid(p: Density, q: Density) -> None:
    """Raises CourseError unless both densities have the same grid."""
    if len(p.x) != len(q.x) or not np.allclose(p.x, q.x, rtol=0, atol=1e-6 * p.dx):
        raise CourseError(
            "The two densities have different grids; make both with the same x."
        )


def grid_points(x: ArrayLike) -> Array:
    """x as float64 [n]; raises CourseError unless it rises in even steps, n >= 2."""
    x = finite_line(x, "grid points")
    if len(x) < 2:
        raise CourseError("A grid needs at least 2 points.")
    steps = np.diff(x)
    if steps.min() <= 0 or np.ptp(steps) > 1e-6 * steps.mean():
        raise CourseError(
            "The grid must rise in even steps; theory.grid(low, high) makes one."
        )
    return x


def _log(p: Array, log_p: Array | None) -> Array:
    if log_p is None:
        with np.errstate(divide="ignore"):  # log 0 = -inf
            return np.log(p)
    logs = line(log_p, "logarithms of the density")
    if len(logs) != len(p) or not np.allclose(np.exp(logs), p, rtol=1e-6, atol=1e-300):
        raise CourseError("log_p is not the logarithm of p.")
    return logs
