"""The minimax game of a GAN, solved exactly: p is the data, q what G generates."""

import numpy as np
from numpy.typing import ArrayLike

from aigc_course.errors import CourseError
from aigc_course.theory.arrays import Array, line
from aigc_course.theory.density import Density, require_same_grid
from aigc_course.theory.divergences import jensen_shannon

_LEAST, _MOST = np.finfo(float).tiny, np.nextafter(1.0, 0.0)


def value(p: Density, q: Density, d: ArrayLike) -> float:
    """V(D, G) = E_p[log D(x)] + E_q[log(1 - D(x))]    (Goodfellow et al. 2014, eq. 1).

    d: [n], the discriminator's probability that x is real, at each grid point.
    Never above 0; -inf where D calls impossible what can happen. Raises CourseError
    for values outside [0, 1].
    """
    require_same_grid(p, q)
    d = line(d, "discriminator's values")
    if d.min() < 0 or d.max() > 1:
        raise CourseError(
            "A discriminator's values are probabilities, from 0 to 1; got"
            f" {d.min():.3g} to {d.max():.3g}. Logits need a sigmoid first."
        )
    with np.errstate(divide="ignore"):  # log 0 = -inf
        return p.expect(np.log(d)) + q.expect(np.log1p(-d))


def optimal_discriminator(p: Density, q: Density) -> Array:
    """D*(x) = p(x) / (p(x) + q(x)), [n]    (Goodfellow et al. 2014, proposition 1).

    1/2 where both densities are 0: there any D is optimal. Where both are positive D*
    stays strictly between 0 and 1, also where its nearest float64 would be 1.
    """
    require_same_grid(p, q)
    both_zero = np.isneginf(p.logs) & np.isneginf(q.logs)
    with np.errstate(invalid="ignore"):  # inf - inf
        d = np.exp(p.logs - np.logaddexp(p.logs, q.logs))
    between = np.isfinite(p.logs) & np.isfinite(q.logs)
    d = np.where(between, d.clip(_LEAST, _MOST), d)
    return np.where(both_zero, 0.5, d)


def generator_cost(p: Density, q: Density) -> float:
    """C(G) = max_D V(D, G) = -log 4 + 2 JS(p, q)    (Goodfellow et al. 2014).

    Their theorem 1. From -log 4, where q = p, to 0, where p and q never overlap.
    """
    return float(-np.log(4) + 2 * jensen_shannon(p, q))
