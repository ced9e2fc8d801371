"""The best critic of each GAN loss against fixed densities, and what it is worth.

A game's critic value is what D maximises, minus its loss. C is the critic's raw output:

    minimax, non-saturating   E_p[log s(C)] + E_q[log s(-C)],  s the sigmoid
    least-squares             -1/2 E_p[(C - 1)^2] - 1/2 E_q[C^2]
    hinge                     -E_p[max(0, 1 - C)] - E_q[max(0, 1 + C)]
    wasserstein               E_p[C] - E_q[C],  C 1-Lipschitz
    relativistic              E_pq[log s(C(x) - C(y))],  x from p, y from q
"""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from aigc_course.errors import CourseError
from aigc_course.theory.arrays import Array, finite_line, line
from aigc_course.theory.density import Density, require_same_grid
from aigc_course.theory.divergences import log_ratio
from aigc_course.theory.game import optimal_discriminator

T = TypeVar("T")


def optimal_critic(p: Density, q: Density, game: str) -> Array:
    """The critic [n] that maximises the game's value against data p and fakes q.

    minimax, non-saturating  log p/q: the logit of p / (p + q)
    least-squares            p / (p + q)    for targets 0 and 1    (Mao et al. 2017)
    hinge                    1 where p > q, -1 where p < q    (Lim & Ye 2017)
    wasserstein              a Kantorovich potential: slope 1 where F_p < F_q, -1 where
                             F_p > F_q; mean 0 over (p + q) / 2
    relativistic             log p/q, plus any constant: C(x) - C(y) is the logit of
                             p(x)q(y) / (p(x)q(y) + q(x)p(y)), the chance that of the
                             two points it is x that is real

    Where p = q = 0 the critic is free; it is then 0 (1/2 for least-squares, and for
    wasserstein whatever continues the slope). log p/q is infinite where only one of the
    densities is 0. Raises CourseError for an unknown game.
    """
    require_same_grid(p, q)
    return _known(_OPTIMAL, game)(p, q)


def critic_value(p: Density, q: Density, critic: ArrayLike, game: str) -> float:
    """What the critic's values [n] are worth in the game: the number D maximises.

    Formulas: at the head of this module. Raises CourseError for an unknown game, NaN,
    and in "wasserstein" for a critic steeper than 1.
    """
    require_same_grid(p, q)
    critic = line(critic, "critic's values")
    return _known(_VALUE, game)(p, q, critic)


def lipschitz_constant(critic: ArrayLike, x: Array) -> float:
    """The Lipschitz constant of a critic [n] on its grid [n]: its largest |slope|."""
    critic = finite_line(critic, "critic's values")
    if critic.shape != x.shape:
        raise CourseError(f"The critic has {len(critic)} values, the grid {len(x)}.")
    return float(np.abs(np.diff(critic) / np.diff(x)).max())


def _hinge(p: Density, q: Density) -> Array:
    return np.sign(log_ratio(p, q))


def _potential(p: Density, q: Density) -> Array:
    # between two grid points C climbs by +-dx, as mass has to flow
    climbs = np.sign(q.cdf - p.cdf)[:-1] * p.dx
    critic = np.concatenate([[0.0], np.cumsum(climbs)])
    return critic - (p.expect(critic) + q.expect(critic)) / 2


def _cross_entropy_value(p: Density, q: Density, c: Array) -> float:
    # log s(c) = -softplus(-c)
    return -p.expect(np.logaddexp(0, -c)) - q.expect(np.logaddexp(0, c))


def _least_squares_value(p: Density, q: Density, c: Array) -> float:
    return -(p.expect((c - 1) ** 2) + q.expect(c**2)) / 2


def _hinge_value(p: Density, q: Density, c: Array) -> float:
    return -p.expect(np.maximum(0, 1 - c)) - q.expect(np.maximum(0, 1 + c))


def _wasserstein_value(p: Density, q: Density, c: Array) -> float:
    slope = lipschitz_constant(c, p.x)
    if not slope <= 1 + 1e-6:
        raise CourseError(
            f"A Wasserstein critic climbs by at most 1 per unit of x; this one climbs"
            f" by {slope:.3g}. Divide it by that."
        )
    return p.expect(c) - q.expect(c)


def _relativistic_value(p: Density, q: Density, c: Array) -> float:
    real, fake = p.p > 0, q.p > 0  # elsewhere C may be infinite
    with np.errstate(invalid="ignore"):
        gaps = np.subtract.outer(c[real], c[fake])  # [x, y]: C(x) - C(y)
    over_y = -np.logaddexp(0, -gaps) @ q.p[fake] * q.dx
    return float(p.p[real] @ over_y * p.dx)


_OPTIMAL: dict[str, Callable[[Density, Density], Array]] = {
    "minimax": log_ratio,
    "non-saturating": log_ratio,
    "least-squares": optimal_discriminator,
    "hinge": _hinge,
    "wasserstein": _potential,
    "relativistic": log_ratio,
}

_VALUE: dict[str, Callable[[Density, Density, Array], float]] = {
    "minimax": _cross_entropy_value,
    "non-saturating": _cross_entropy_value,
    "least-squares": _least_squares_value,
    "hinge": _hinge_value,
    "wasserstein": _wasserstein_value,
    "relativistic": _relativistic_value,
}


def _known(table: dict[str, T], game: str) -> T:
    if game not in table:
        raise CourseError(f"There is no game {game!r}; choose from {', '.join(table)}.")
    return table[game]
