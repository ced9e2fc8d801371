"""Two-player games small enough to follow with a pencil.

A player G holds theta, a player D holds psi. Each follows its own gradient; together
they follow the field v(theta, psi) = (-dL_G/dtheta, -dL_D/dpsi). Both games here rest
at (0, 0). Near rest v is J w, and J's eigenvalues tell whether training converges.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aigc_course.errors import CourseError
from aigc_course.theory.arrays import Array

EQUILIBRIUM = (0.0, 0.0)


@dataclass(frozen=True)
class Game:
    """A game of two numbers.

    field(theta, psi) -> (dtheta, dpsi): where each player's descent step points.
    jacobian(theta, psi) -> [2, 2]: derivatives of the field, rows (dtheta, dpsi),
    columns (theta, psi). smooth: False where the field jumps at the equilibrium (0, 0)
    and so has no Jacobian there.
    """

    name: str
    field: Callable[[float, float], tuple[float, float]]
    jacobian: Callable[[float, float], Array]
    smooth: bool = True


@dataclass(frozen=True)
class Loss:
    """Slopes of a GAN's losses in the fake logit a, the real logit being 0.

    generator(a) = -dL_G/da, discriminator(a) = -dL_D/da; each with its own derivative.
    """

    generator: Callable[[float], float]
    discriminator: Callable[[float], float]
    generator_slope: Callable[[float], float]
    discriminator_slope: Callable[[float], float]


def bilinear(strength: float = 1.0) -> Game:
    """min over theta, max over psi of strength * theta * psi.

    v = strength (-psi, theta): a rotation about (0, 0), its field never points inwards.

    >>> bilinear().field(1.0, 1.0)
    (-1.0, 1.0)
    """
    turn = strength * np.array([[0.0, -1.0], [1.0, 0.0]])
    return Game(
        f"bilinear game of strength {strength:g}",
        field=lambda theta, psi: (-strength * psi, strength * theta),
        jacobian=lambda theta, psi: turn.copy(),
    )


def dirac(
    loss: str = "minimax", r1: float = 0.0, r2: float = 0.0, gp: float = 0.0
) -> Game:
    """The Dirac-GAN: data at 0, one generated point theta, D's logit psi x.

    Mescheder et al. 2018, definition 2.1, with this course's sign: D is large on data.
    The real logit is 0 and the fake logit a = psi theta, so for each of LOSSES
    dtheta = -L_G'(a) psi and dpsi = -L_D'(a) theta - dR/dpsi, where R adds up
      r1/2 psi^2            R1, |grad D|^2 at the data       (Mescheder et al. 2018)
      r2/2 psi^2            R2, the same at the fake point   (Mescheder et al. 2018)
      gp/2 (|psi| - 1)^2    WGAN-GP                          (Gulrajani et al. 2017)
    With gp the field jumps at psi = 0: there is no Jacobian at the equilibrium. A large
    gp may even hold theta far from the data, where its pull and L_D's are in balance.

    Raises CourseError for an unknown loss or a negative weight.

    >>> dirac("wasserstein", r1=0.5).field(1.0, 1.0)
    (1.0, -1.5)
    """
    slopes = _loss(loss)
    if not all(0 <= weight < np.inf for weight in (r1, r2, gp)):
        raise CourseError("The weights r1, r2 and gp must not be negative or infinite.")

    def field(theta: float, psi: float) -> tuple[float, float]:
        a = theta * psi
        penalty = (r1 + r2) * psi + gp * (psi - np.sign(psi))
        d_theta = slopes.generator(a) * psi
        return float(d_theta), float(slopes.discriminator(a) * theta - penalty)

    def jacobian(theta: float, psi: float) -> Array:
        a = theta * psi
        g, dg = slopes.generator(a), slopes.generator_slope(a)
        d, dd = slopes.discriminator(a), slopes.discriminator_slope(a)
        # d/dtheta of g(theta psi) psi is g' psi^2, d/dpsi is g + g' a
        return np.array(
            [
                [dg * psi**2, g + dg * a],
                [d + dd * a, dd * theta**2 - (r1 + r2 + gp)],
            ]
        )

    weights = {"R1": r1, "R2": r2, "gradient penalty": gp}
    extras = [f"{name} {weight:g}" for name, weight in weights.items() if weight]
    name = " + ".join([f"Dirac-GAN, {loss}", *extras])
    return Game(name, field, jacobian, smooth=gp == 0)


def _sigmoid(a: float) -> float:
    # 1 / (1 + exp(-a)), without overflow
    return float(np.exp(-np.logaddexp(0.0, -a)))


def _sigmoid_slope(a: float) -> float:
    return _sigmoid(a) * _sigmoid(-a)


def _never(a: float) -> float:
    return 0.0


# L_D = softplus(a), in all three games that use the logistic loss
_LOGISTIC = {
    "discriminator": lambda a: -_sigmoid(a),
    "discriminator_slope": lambda a: -_sigmoid_slope(a),
}

LOSSES = {
    # L_G = -softplus(a)
    "minimax": Loss(
        generator=_sigmoid,
        generator_slope=_sigmoid_slope,
        **_LOGISTIC,
    ),
    # L_G = softplus(-a)
    "non-saturating": Loss(
        generator=lambda a: _sigmoid(-a),
        generator_slope=lambda a: -_sigmoid_slope(a),
        **_LOGISTIC,
    ),
    # L_D = a, L_G = -a
    "wasserstein": Loss(lambda a: 1.0, lambda a: -1.0, _never, _never),
    # L_D = max(0, 1 + a), L_G = -a
    "hinge": Loss(lambda a: 1.0, lambda a: -1.0 if a > -1 else 0.0, _never, _never),
    # targets -1 and 1, for D has no bias: L_D = (a + 1)^2 / 2, L_G = (a - 1)^2 / 2
    "least-squares": Loss(
        generator=lambda a: 1 - a,
        discriminator=lambda a: -1 - a,
        generator_slope=lambda a: -1.0,
        discriminator_slope=lambda a: -1.0,
    ),
}
# against the real logit 0 the relativistic pair is the non-saturating one
LOSSES["relativistic"] = LOSSES["non-saturating"]


def _loss(name: str) -> Loss:
    if name not in LOSSES:
        known = ", ".join(LOSSES)
        raise CourseError(f"There is no loss {name!r}; choose from {known}.")
    return LOSSES[name]
