"""f-divergences, their Fenchel conjugates and the bound that f-GANs climb.

D_f(p || q) = E_q[f(p/q)] with f convex and f(1) = 0    (Csiszar 1967). The conjugate is
f*(t) = sup_u (t u - f(u)), and f(u) + f*(t) >= t u (Fenchel-Young), an equality exactly
where t = f'(u). Averaged over q with u = p/q this is the bound of
Nowozin et al. 2016, equation 4.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from aigc_course.errors import CourseError
from aigc_course.theory.arrays import Array, line
from aigc_course.theory.density import Density, require_same_grid

_FARTHEST = 700.0  # exp of more leaves float64
_LOG2 = float(np.log(2))


@dataclass(frozen=True)
class F:
    """A convex f on [0, inf) with f'(u) and its conjugate f*(t), on arrays.

    domain: (low, high) of the t with finite f*(t), ends apart; beyond it f* is inf.
    high is also f'(inf), the price of mass that q lacks. The three functions give their
    limits at 0 and inf without a warning.
    """

    name: str
    f: Callable[[Array], Array]
    derivative: Callable[[Array], Array]
    conjugate: Callable[[Array], Array]
    domain: tuple[float, float]

    def __post_init__(self) -> None:
        for name in ("f", "derivative", "conjugate"):
            at_limits = np.errstate(divide="ignore", over="ignore")
            object.__setattr__(self, name, at_limits(getattr(self, name)))

    def optimal(self, ratio: ArrayLike) -> Array:
        """The critic T*(x) = f'(p(x)/q(x)) that makes the bound tight, from p/q [n].

        Nowozin et al. 2016, equation 5. Raises CourseError for a negative ratio.
        """
        ratio = line(ratio, "ratios p/q")
        if ratio.min() < 0:
            raise CourseError("A ratio of two densities is never negative.")
        return self.derivative(ratio)


def f_divergence(p: Density, q: Density, f: F) -> float:
    """D_f(p || q) = sum q f(p/q) dx over q > 0, plus f'(inf) times p's mass elsewhere.

    At least 0 for the f of F_DIVERGENCES, inf where f says so. Ratios beyond
    exp(+-700) count as exp(+-700), except where a density is exactly 0.
    """
    require_same_grid(p, q)
    beyond = np.isneginf(q.logs)  # here q f(p/q) = p f'(inf), and 0 f(0/0) = 0
    both = ~beyond & ~np.isneginf(p.logs)
    ratio = np.zeros_like(p.p)
    ratio[both] = np.exp((p.logs[both] - q.logs[both]).clip(-_FARTHEST, _FARTHEST))
    heights = f.f(ratio)
    # q f(u) = p f(u) / u, the better form where u is large and q may be 0 in float64
    large = (ratio > 1) & (p.p > 0)
    inside = ~beyond & ~large
    total = q.p[inside] @ np.where(q.p[inside] > 0, heights[inside], 0)
    total += p.p[large] @ (heights[large] / ratio[large])
    missing = float(p.p[beyond].sum())
    return float(total * p.dx + (missing * p.dx * f.domain[1] if missing else 0))


def variational_bound(p: Density, q: Density, t: ArrayLike, f: F) -> float:
    """E_p[t(x)] - E_q[f*(t(x))] <= D_f(p || q)    (Nowozin et al. 2016, equation 4).

    t: [n], any critic; equal at t = f.optimal(density_ratio(p, q)). -inf where t
    leaves the domain of f* with q > 0.
    """
    require_same_grid(p, q)
    t = line(t, "critic's values")
    reward, price = p.expect(t), q.expect(f.conjugate(t))
    return -np.inf if reward == -np.inf or price == np.inf else reward - price


def _x_log_x(u: Array) -> Array:
    u = np.asarray(u, dtype=np.float64)
    return u * np.log(np.where(u > 0, u, 1))  # 0 log 0 = 0


def _up_to(high: float, conjugate: Callable[[Array], Array]) -> Callable:
    """`conjugate` where t < high, inf from there on."""

    def bounded(t: Array) -> Array:
        t = np.asarray(t, dtype=np.float64)
        below = t < high
        return np.where(below, conjugate(np.where(below, t, high - 1)), np.inf)

    return bounded


KL = F(  # f(u) = u log u
    "kl",
    f=_x_log_x,
    derivative=lambda u: 1 + np.log(u),
    conjugate=lambda t: np.exp(t - 1),
    domain=(-np.inf, np.inf),
)

REVERSE_KL = F(  # f(u) = -log u
    "reverse-kl",
    f=lambda u: -np.log(u),
    derivative=lambda u: -1 / u,
    conjugate=_up_to(0, lambda t: -1 - np.log(-t)),
    domain=(-np.inf, 0.0),
)

JENSEN_SHANNON = F(  # f(u) = 1/2 (u log u - (u + 1) log((u + 1) / 2))
    "jensen-shannon",
    f=lambda u: (_x_log_x(u) - _x_log_x(u + 1) + (u + 1) * _LOG2) / 2,
    derivative=lambda u: (_LOG2 - np.log1p(1 / u)) / 2,
    conjugate=_up_to(_LOG2 / 2, lambda t: -np.log(2 - np.exp(2 * t)) / 2),
    domain=(-np.inf, _LOG2 / 2),
)

TOTAL_VARIATION = F(  # f(u) = 1/2 |u - 1|
    "total-variation",
    f=lambda u: np.abs(u - 1) / 2,
    derivative=lambda u: np.sign(u - 1) / 2,
    conjugate=lambda t: np.where(np.abs(t) <= 0.5, t, np.inf),
    domain=(-0.5, 0.5),
)

PEARSON = F(  # f(u) = (u - 1)^2
    "pearson",
    f=lambda u: (u - 1) ** 2,
    derivative=lambda u: 2 * (u - 1),
    conjugate=lambda t: t**2 / 4 + t,
    domain=(-np.inf, np.inf),
)

HELLINGER = F(  # f(u) = 1/2 (sqrt u - 1)^2
    "hellinger",
    f=lambda u: (np.sqrt(u) - 1) ** 2 / 2,
    derivative=lambda u: (1 - 1 / np.sqrt(u)) / 2,
    conjugate=_up_to(0.5, lambda t: (1 / (1 - 2 * t) - 1) / 2),  # t / (1 - 2t)
    domain=(-np.inf, 0.5),
)

# f(u) = u log u - (u + 1) log(u + 1), the form behind the original GAN: with
# t = log D the bound reads V(D, G), and D_f = 2 JS - log 4 = C(G). f(1) is -log 4, so
# this is an f-divergence up to that constant and stands outside F_DIVERGENCES.
GAN_FORM = F(
    "gan",
    f=lambda u: _x_log_x(u) - _x_log_x(u + 1),
    derivative=lambda u: -np.log1p(1 / u),
    conjugate=_up_to(0, lambda t: -np.log(-np.expm1(t))),
    domain=(-np.inf, 0.0),
)

F_DIVERGENCES = {
    f.name: f
    for f in (KL, REVERSE_KL, JENSEN_SHANNON, TOTAL_VARIATION, PEARSON, HELLINGER)
}
