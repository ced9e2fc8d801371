"""Exercise on what an eigenvalue says about a game."""

import cmath
import math

import numpy as np

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "03.spectral_radius",
    order=120,
    title="Does it converge? Ask an eigenvalue",
    difficulty=4,
    minutes=18,
    asks="derive",
    idea="Near the equilibrium a step is a linear map, w' = (I + lr J) w. It shrinks w"
    " in the long run when all eigenvalues of that map are inside the unit circle.",
    formula="J = [[0, 1/2], [-1/2, -gamma]] has the eigenvalues l = -gamma/2 +-"
    " sqrt(gamma^2/4 - 1/4); the step has 1 + lr l. Take the larger size |1 + lr l|.",
    line="Write `root = cmath.sqrt(gamma**2 / 4 - 1 / 4)`, then `return max(abs(1 + lr"
    " * (-gamma / 2 + s * root)) for s in (1, -1))`.",
    variation="Find the gamma that converges fastest for lr = 0.2, and the largest lr"
    " that converges at all for gamma = 1.",
)


@exercise.answer
def spectral_radius(lr: float, gamma: float) -> float:
    """Factor by which a simultaneous step shrinks or grows small deviations.

    Dirac-GAN with the R1 penalty gamma/2 psi^2: J = [[0, 1/2], [-1/2, -gamma]], the
    step is I + lr J (Mescheder et al. 2018, sections 2 and 4).
    """
    root = cmath.sqrt(gamma**2 / 4 - 1 / 4)  # imaginary for gamma < 1
    return max(abs(1 + lr * (-gamma / 2 + sign * root)) for sign in (1, -1))


@exercise.inputs
def settings() -> list[tuple[float, float]]:
    return [(0.2, 0.0), (0.2, 0.5), (0.5, 1.5), (0.4, 4.0), (1.0, 2.5)]


@exercise.must_hold
def no_penalty(f) -> bool:
    """Without a penalty the radius is sqrt(1 + lr^2 / 4), above 1 for every rate."""
    return all(same(float(f(h, 0.0)), math.sqrt(1 + h * h / 4)) for h in (0.01, 0.3, 2))


@exercise.must_hold
def critical(f) -> bool:
    """At gamma = 1 both eigenvalues of J are -1/2, and the radius is 1 - lr / 2."""
    return same(float(f(0.3, 1.0)), 0.85)


@exercise.must_hold
def as_simulated(f) -> bool:
    """The length of a deviation shrinks or grows at this rate, over 400 steps."""
    for lr, gamma in ((0.2, 0.3), (0.3, 3.0)):
        step = np.eye(2) + lr * np.array([[0, 0.5], [-0.5, -gamma]])
        first, last = (np.linalg.matrix_power(step, n) @ [1.0, 1.0] for n in (400, 800))
        rate = (np.linalg.norm(last) / np.linalg.norm(first)) ** (1 / 400)
        if not same(float(f(lr, gamma)), float(rate), tolerance=2e-3):
            return False
    return True


@exercise.mistake(hint="idea")
def field_alone(lr: float, gamma: float) -> float:
    """These are the eigenvalues of J, times lr. They say how the flow moves; a step
    adds its move to where it stands, so its eigenvalues are 1 + lr l."""
    root = cmath.sqrt(gamma**2 / 4 - 1 / 4)
    return lr * max(abs(-gamma / 2 + sign * root) for sign in (1, -1))


@exercise.mistake(hint="formula")
def real_parts(lr: float, gamma: float) -> float:
    """You use the real parts only, and miss the turning: without a penalty the radius
    would be 1, but each step leaves the circle along a tangent. The size of a complex
    number counts both parts."""
    root = cmath.sqrt(gamma**2 / 4 - 1 / 4)
    return max(abs((1 + lr * (-gamma / 2 + s * root)).real) for s in (1, -1))


@exercise.mistake(hint="idea")
def of_the_flow(lr: float, gamma: float) -> float:
    """This is the rate of the flow, e^(lr Re l), which takes infinitely small steps. A
    step of size lr follows the tangent and ends further out."""
    root = cmath.sqrt(gamma**2 / 4 - 1 / 4)
    return max(math.exp(lr * (-gamma / 2 + s * root).real) for s in (1, -1))


@exercise.mistake(hint="formula")
def the_smaller(lr: float, gamma: float) -> float:
    """You take the smaller of the two. In the long run the larger one decides; for a
    small gamma both are equal, and it does not show."""
    root = cmath.sqrt(gamma**2 / 4 - 1 / 4)
    return min(abs(1 + lr * (-gamma / 2 + s * root)) for s in (1, -1))


@exercise.mistake(hint="formula")
def penalty_upside_down(lr: float, gamma: float) -> float:
    """Your penalty pushes outwards: gamma enters J with a plus. The penalty is part of
    what D minimises, so its slope is subtracted."""
    return spectral_radius(lr, -gamma)


@exercise.mistake(hint="formula")
def sizes_added(lr: float, gamma: float) -> float:
    """You compute 1 + lr |l|, which always grows. The size is taken after the sum,
    |1 + lr l|: a negative real part brings it below 1."""
    root = cmath.sqrt(gamma**2 / 4 - 1 / 4)
    return 1 + lr * max(abs(-gamma / 2 + s * root) for s in (1, -1))


@exercise.mistake(hint="idea")
def determinant(lr: float, gamma: float) -> float:
    """This is the root of the determinant, the mean size of both eigenvalues. For a
    complex pair they are equal; for a large gamma they part, and the larger one
    decides."""
    return math.sqrt(abs(1 - lr * gamma + lr**2 / 4))


@exercise.mistake(hint="idea")
def singular_value(lr: float, gamma: float) -> float:
    """This is the largest singular value: the most that one single step can stretch a
    deviation. In the long run the eigenvalues decide, and they are never larger."""
    step = np.eye(2) + lr * np.array([[0, 0.5], [-0.5, -gamma]])
    return float(np.linalg.norm(step, 2))


@exercise.mistake(hint="formula")
def determinant_itself(lr: float, gamma: float) -> float:
    """This is the determinant, the product of both eigenvalues: the square of the
    radius while they are a complex pair, and something else for gamma > 1. Take the
    size of each eigenvalue, and the larger one."""
    return 1 - lr * gamma + lr**2 / 4


@exercise.mistake(hint="formula")
def half_forgotten(lr: float, gamma: float) -> float:
    """Your eigenvalues are twice those of J: the solution of l^2 + gamma l + 1/4 = 0
    has -gamma and the root divided by 2."""
    root = cmath.sqrt(gamma**2 - 1)
    return max(abs(1 + lr * (-gamma + s * root)) for s in (1, -1))


@exercise.mistake(hint="formula")
def largest_real_part(lr: float, gamma: float) -> float:
    """You take the largest real part of 1 + lr l. The imaginary part counts as well,
    and so does an eigenvalue far below 0: take the size of each, `abs`."""
    root = cmath.sqrt(gamma**2 / 4 - 1 / 4)
    return max((1 + lr * (-gamma / 2 + s * root)).real for s in (1, -1))
