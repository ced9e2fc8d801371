"""Exercise on the Kullback-Leibler divergence."""

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import simpson

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.ch01.inverse_cdf import bell

Array = NDArray[np.float64]


exercise = Exercise(
    "01.kl",
    order=60,
    title="How far from the data",
    difficulty=3,
    minutes=12,
    asks="formula",
    idea="Average the log-ratio of p to q under p. Where p is 0 nothing is averaged;"
    " where q is 0 and p is not, q gives the probability 0 to something that happens,"
    " and the divergence is infinite.",
    formula="KL(p || q) = sum over i of p_i log(p_i / q_i) dx, over the i with p_i > 0;"
    " inf if q_i = 0 for one of them.",
    line="With `on = p > 0`: `if (q[on] == 0).any(): return np.inf`, else"
    " `return (p[on] * np.log(p[on] / q[on])).sum() * dx`.",
    variation="Find two densities for which KL(p || q) and KL(q || p) are finite and"
    " differ by a factor of ten.",
)


@exercise.answer
def kl(p: Array, q: Array, dx: float) -> float:
    """KL(p || q) in nats, of densities p, q [n] on a grid of step dx.

    KL(p || q) = E_p[log p/q], inf where p > q = 0    (Kullback and Leibler 1951)
    """
    on = p > 0  # 0 log 0 = 0
    if (q[on] == 0).any():
        return float(np.inf)
    return float((p[on] * np.log(p[on] / q[on])).sum() * dx)


LINE = np.linspace(-6, 6, 1201)


DX = float(LINE[1] - LINE[0])


def block(low: float, high: float) -> Array:
    """The uniform density between two places."""
    inside = np.abs(LINE - (low + high) / 2) <= (high - low) / 2
    return inside / (inside.sum() * DX)


def on_the_grid(mean: float, std: float) -> Array:
    """A normal density without the tails beyond the grid, so that its sum is 1."""
    p = bell(LINE, mean, std)
    return p / (p.sum() * DX)


@exercise.inputs
def pairs() -> list[tuple[Array, Array, float]]:
    humps = 0.5 * on_the_grid(-2, 0.6) + 0.5 * on_the_grid(2, 0.8)
    wide, narrow = on_the_grid(0, 1.5), on_the_grid(0.5, 1.0)
    return [
        (wide, narrow, DX),
        (humps, wide, DX),
        (block(-1, 2), wide, DX),  # p is 0 in places
        (block(-1, 2), block(0, 3), DX),  # q is 0 where p is not
        (block(-1, 1), block(-2, 2), DX),  # both are 0 in places
    ]


@exercise.must_hold
def zero_at_home(f) -> bool:
    """Of a density from itself it is 0, also where the density has holes."""
    return same([f(p, p, DX) for p in (bell(LINE, 0, 1), block(0, 1))], [0.0, 0.0])


@exercise.must_hold
def two_normals(f) -> bool:
    """Between N(m, 1) and N(0, 1) it is m^2 / 2 nats."""
    found = [f(bell(LINE, m, 1), bell(LINE, 0, 1), DX) for m in (0.5, -1, 1)]
    return same(found, [0.125, 0.5, 0.5], 1e-3)


@exercise.must_hold
def impossible(f) -> bool:
    """Where p shows what q excludes, however rarely, it is infinite."""
    rare = 0.999 * block(0, 1) + 0.001 * block(2, 3)
    return bool(f(rare, block(0, 1), DX) == np.inf)


@exercise.must_hold
def finite_holes(f) -> bool:
    """Where p is 0 nothing is added: of p, uniform on half of q, it is log 2."""
    # p is 0 at both ends, where the trapezoid rule counts half a cell
    half, whole = np.zeros(1000), np.full(1000, 1e-3)
    half[250:750] = 2e-3
    return same(f(half, whole, 1.0), np.log(2))


@exercise.mistake(hint="idea")
def reversed_roles(p: Array, q: Array, dx: float) -> float:
    """This is KL(q || p): the average runs under q. The two differ, as section 6
    shows. The first argument does the averaging."""
    return kl(q, p, dx)


@exercise.mistake(hint="formula")
def not_a_number(p: Array, q: Array, dx: float) -> float:
    """Your sum meets 0 * log 0, which is NaN in floats and 0 by definition (the limit
    of t log t). Sum only over the places with p > 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return float((p * np.log(p / q)).sum() * dx)


@exercise.mistake(hint="idea")
def holes_skipped(p: Array, q: Array, dx: float) -> float:
    """You leave out the places where q is 0, and a model that misses half of the data
    looks good; the result can even be negative. There the divergence is infinite."""
    on = (p > 0) & (q > 0)
    return float((p[on] * np.log(p[on] / q[on])).sum() * dx)


@exercise.mistake(hint="idea")
def propped_up(p: Array, q: Array, dx: float) -> float:
    """A small number added inside the logarithm hides the infinity: what you get where
    q = 0 depends on the number you chose. Say `inf` there, which is the definition."""
    return float((p * np.log((p + 1e-12) / (q + 1e-12))).sum() * dx)


@exercise.mistake(hint="formula")
def without_dx(p: Array, q: Array, dx: float) -> float:
    """Your sum has no dx, so a finer grid gives a larger divergence. An integral is a
    sum of heights times widths."""
    return kl(p, q, 1.0)


@exercise.mistake(hint="formula")
def wrong_sign(p: Array, q: Array, dx: float) -> float:
    """Your divergence is negative: p and q have changed places inside the logarithm,
    and a loss with this sign would drive them apart. It is log(p / q), averaged under
    p."""
    return -kl(p, q, dx)


@exercise.mistake(hint="formula")
def cross_entropy(p: Array, q: Array, dx: float) -> float:
    """This is the cross-entropy, -E_p[log q]. It has the same minimum in q, but it is
    not 0 for p = q: the constant E_p[log p] is missing."""
    on = p > 0
    if (q[on] == 0).any():
        return float(np.inf)
    return -float((p[on] * np.log(q[on])).sum() * dx)


@exercise.mistake(hint="formula")
def halved(p: Array, q: Array, dx: float) -> float:
    """This is half of it. The 1/2 that you may remember belongs to the formula for two
    normal densities, which has it from their exponents."""
    return kl(p, q, dx) / 2


@exercise.mistake(hint="formula")
def by_simpson(p: Array, q: Array, dx: float) -> float:
    """Your sum weighs the cells 1, 4, 2, 4, ..., as Simpson's rule does. That rule
    needs smooth curves and errs where a density jumps: weigh all cells alike."""
    on = p > 0
    if (q[on] == 0).any():
        return float(np.inf)
    terms = np.zeros_like(p)
    terms[on] = p[on] * np.log(p[on] / q[on])
    return float(simpson(terms, dx=dx))


@exercise.mistake(hint="formula")
def averaged(p: Array, q: Array, dx: float) -> float:
    """You take the mean over the grid points, so empty points beside the data change
    the result. An integral sums heights times widths: sum, and multiply by dx."""
    on = p > 0
    if (q[on] == 0).any():
        return float(np.inf)
    return float((p[on] * np.log(p[on] / q[on])).mean())


@exercise.mistake(hint="formula")
def unweighted(p: Array, q: Array, dx: float) -> float:
    """You sum the log-ratio over all places alike. The divergence is its average under
    p: multiply by p."""
    on = p > 0
    if (q[on] == 0).any():
        return float(np.inf)
    return float(np.log(p[on] / q[on]).sum() * dx)


@exercise.mistake(hint="formula")
def in_bits(p: Array, q: Array, dx: float) -> float:
    """You have counted in bits, with `np.log2`. Nats are asked for: take the natural
    logarithm `np.log`."""
    return kl(p, q, dx) / np.log(2)


@exercise.mistake(hint="idea")
def both_ways(p: Array, q: Array, dx: float) -> float:
    """You add KL(p || q) and KL(q || p). Only the average under p is asked for: leave
    the second out."""
    return kl(p, q, dx) + kl(q, p, dx)


@exercise.mistake(hint="idea")
def clipped(p: Array, q: Array, dx: float) -> float:
    """You lift p and q off 0. Where q is 0 and p is not, the result then depends on the
    number you chose; there the divergence is infinite."""
    p, q = np.maximum(p, 1e-10), np.maximum(q, 1e-10)
    return float((p * np.log(p / q)).sum() * dx)


@exercise.mistake(hint="idea")
def through_the_middle(p: Array, q: Array, dx: float) -> float:
    """This is the Jensen-Shannon divergence, which compares both with (p + q)/2 and is
    never infinite. KL compares p with q directly."""
    m = (p + q) / 2
    return (kl(p, m, dx) + kl(q, m, dx)) / 2


@exercise.mistake(hint="formula")
def absolute(p: Array, q: Array, dx: float) -> float:
    """You take the absolute value of the log-ratio. The places with p < q count with
    their negative sign; only the average is never negative."""
    on = p > 0
    if (q[on] == 0).any():
        return float(np.inf)
    return float((p[on] * np.abs(np.log(p[on] / q[on]))).sum() * dx)
