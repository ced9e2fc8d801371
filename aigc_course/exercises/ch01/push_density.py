"""Exercise on the change of variables."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.ch01.inverse_cdf import bell

Array = NDArray[np.float64]


Map = Callable[[Array], Array]


exercise = Exercise(
    "01.push_density",
    order=20,
    title="Where the probability goes",
    difficulty=3,
    minutes=12,
    asks="derive",
    idea="A short piece dz holds the probability p_z(z) dz, and f carries it to a piece"
    " of length |f'(z)| dz. The same probability on a longer piece is a lower density.",
    formula="p_x(x) = p_z(z) / |f'(z)| with z = f^-1(x).",
    line="Write `z = inverse(x)` and `return p_z(z) / np.abs(slope(z))`.",
    variation="Take for f the distribution function of p_z itself, and predict the"
    " density of x before you compute it.",
)


@exercise.answer
def push_density(x: Array, p_z: Map, inverse: Map, slope: Map) -> Array:
    """The density at x [n] of x = f(z), where z has the density p_z.

    inverse: x to z. slope: z to f'(z), never 0, of either sign.
    p_x(x) = p_z(z) / |f'(z)| at z = f^-1(x)
    """
    z = inverse(x)
    return p_z(z) / np.abs(slope(z))


def standard(z: Array) -> Array:
    """N(0, 1)."""
    return bell(z, 0, 1)


def wide(z: Array) -> Array:
    """N(1, 1.5^2)."""
    return bell(z, 1, 1.5)


def falling(x: Array) -> Array:
    """The inverse of f(z) = 1 - 2 z."""
    return (1 - x) / 2


def minus_two(z: Array) -> Array:
    """The slope of f(z) = 1 - 2 z."""
    return np.full_like(z, -2.0)


def logit(x: Array) -> Array:
    """The inverse of the sigmoid."""
    return np.log(x / (1 - x))


def sigmoid_slope(z: Array) -> Array:
    """s(z) s(-z), the slope of the sigmoid."""
    return 1 / ((1 + np.exp(-z)) * (1 + np.exp(z)))


@exercise.inputs
def functions() -> list[tuple[Array, Map, Map, Map]]:
    return [
        (np.linspace(0.1, 6, 50), standard, np.log, np.exp),
        (np.linspace(-5, 5, 50), wide, falling, minus_two),
        (np.linspace(0.02, 0.98, 49), standard, logit, sigmoid_slope),
        (np.linspace(-8, 8, 60), wide, np.arcsinh, np.cosh),
    ]


@exercise.must_hold
def nothing_gets_lost(f) -> bool:
    """The new density integrates to 1: no probability is lost on the way."""
    x = np.linspace(1e-4, 1 - 1e-4, 20_001)
    total = f(x, standard, logit, sigmoid_slope).sum() * (x[1] - x[0])
    y = np.linspace(-30, 30, 20_001)
    other = f(y, wide, falling, minus_two).sum() * (y[1] - y[0])
    return same([total, other], [1.0, 1.0], 2e-3)


@exercise.must_hold
def normal_again(f) -> bool:
    """Stretching N(0, 1) by a and moving it by b gives the density of N(b, a^2)."""
    x, a, b = np.linspace(-4, 6, 30), 1.7, 0.8
    z_of = lambda x: (x - b) / a  # noqa: E731
    return same(f(x, standard, z_of, lambda z: np.full_like(z, a)), bell(x, b, a))


@exercise.mistake(hint="idea")
def height_kept(x: Array, p_z: Map, inverse: Map, slope: Map) -> Array:
    """You carry the height over unchanged. Where f stretches, the same probability has
    more room, so the density must fall; as it is, the integral is no longer 1."""
    return p_z(inverse(x))


@exercise.mistake(hint="formula")
def multiplied(x: Array, p_z: Map, inverse: Map, slope: Map) -> Array:
    """You multiply by the slope of f. Where f stretches (large slope) the density
    falls: divide by it, or multiply by the slope of the inverse."""
    return p_z(inverse(x)) * np.abs(slope(inverse(x)))


@exercise.mistake(hint="formula")
def sign_kept(x: Array, p_z: Map, inverse: Map, slope: Map) -> Array:
    """Your density is negative where f falls. Lengths count, not directions: take the
    absolute value of the slope."""
    return p_z(inverse(x)) / slope(inverse(x))


@exercise.mistake(hint="formula")
def slope_at_x(x: Array, p_z: Map, inverse: Map, slope: Map) -> Array:
    """You take the slope of f at x. It is a function of z: find z = f^-1(x) first, and
    use it for both, density and slope."""
    return p_z(inverse(x)) / np.abs(slope(x))


@exercise.mistake(hint="idea")
def never_went_back(x: Array, p_z: Map, inverse: Map, slope: Map) -> Array:
    """You ask for p_z at x itself. What arrives at x has left from z = f^-1(x): look
    the density up there."""
    return p_z(x) / np.abs(slope(x))


@exercise.mistake(hint="idea")
def normalised_afterwards(x: Array, p_z: Map, inverse: Map, slope: Map) -> Array:
    """You carry the height over and divide by the total area. That repairs the area and
    not the shape: where f stretches more, the density falls more, so divide by |f'(z)|
    at each point."""
    p = p_z(inverse(x))
    return p / (p.sum() * (x[1] - x[0]))


@exercise.mistake(hint="formula")
def cut_at_zero(x: Array, p_z: Map, inverse: Map, slope: Map) -> Array:
    """Where f falls you return 0, so its probability is lost. A falling f carries
    probability too: divide by the absolute value of the slope."""
    return np.maximum(sign_kept(x, p_z, inverse, slope), 0)


@exercise.mistake(hint="line")
def logarithm(x: Array, p_z: Map, inverse: Map, slope: Map) -> Array:
    """This is the logarithm of the density. Take `np.exp` at the end."""
    return np.log(push_density(x, p_z, inverse, slope))


@exercise.mistake(hint="formula")
def slope_squared(x: Array, p_z: Map, inverse: Map, slope: Map) -> Array:
    """You divide by the square of the slope, as a variance would. The length of a piece
    changes by |f'(z)| once: divide by |f'(z)|."""
    z = inverse(x)
    return p_z(z) / slope(z) ** 2


@exercise.mistake(hint="formula")
def slope_rooted(x: Array, p_z: Map, inverse: Map, slope: Map) -> Array:
    """You divide by the root of the slope. The length of a piece changes by |f'(z)|
    itself: leave the root out."""
    z = inverse(x)
    return p_z(z) / np.sqrt(np.abs(slope(z)))


@exercise.mistake(hint="formula")
def minus_for_absolute(x: Array, p_z: Map, inverse: Map, slope: Map) -> Array:
    """You change the sign of the slope everywhere, so your density is negative where f
    rises. Take the absolute value: `np.abs`."""
    return -sign_kept(x, p_z, inverse, slope)
