"""Guidance: a velocity that leans further towards a condition, and what it samples.

v = v_u + g (v_c - v_u), with v_u the velocity without and v_c that with the condition
(Ho & Salimans 2022, classifier-free guidance, where g = 1 + w). g = 0 ignores the
condition, g = 1 follows it, g > 1 overshoots.
"""

import math

import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.flow.exact import Line
from aigc_course.flow.solvers import Velocity


def guided(conditional: Tensor, unconditional: Tensor, guidance: float) -> Tensor:
    """v_u + g (v_c - v_u), of the shape that both have.

    Raises CourseError for two shapes, and for a guidance that is not a finite number.

    >>> guided(torch.tensor([2.0]), torch.tensor([1.0]), 3.0)
    tensor([4.])
    """
    known(guidance)
    if conditional.shape != unconditional.shape:
        raise CourseError(
            f"Both velocities need one shape; they have {list(conditional.shape)} and"
            f" {list(unconditional.shape)}."
        )
    return unconditional + guidance * (conditional - unconditional)


def guided_field(
    conditional: Velocity, unconditional: Velocity, guidance: float
) -> Velocity:
    """The guided velocity as a function of x and t, for `solve`."""
    known(guidance)

    def velocity(x: Tensor, t: float) -> Tensor:
        return guided(conditional(x, t), unconditional(x, t), guidance)

    return velocity


def guided_variance(unconditional: float, conditional: float, guidance: float) -> float:
    """Variance of guided samples when both laws are centred normals.

    s_u^(2 (1 - g)) s_c^(2 g): for a centred normal the velocity is x d(log s_t)/dt, and
    guidance mixes the logarithms of the deviations. It holds for every schedule.

    unconditional, conditional: the variances s_u^2 and s_c^2, above 0.
    Raises CourseError for other variances, and a guidance that is not finite.

    >>> guided_variance(2.0, 1.0, 3.0)
    0.25
    """
    _variances(unconditional, conditional, guidance)
    logs = (1 - guidance) * math.log(unconditional) + guidance * math.log(conditional)
    return float(math.exp(logs))


def tilted_variance(unconditional: float, conditional: float, guidance: float) -> float:
    """Variance of p_u^(1 - g) p_c^g, scaled to one, for centred normals.

    This is the law that guidance is often said to sample: 1/((1 - g)/s_u^2 + g/s_c^2).
    Raises CourseError as `guided_variance`, and where that law does not exist.
    """
    _variances(unconditional, conditional, guidance)
    precision = (1 - guidance) / unconditional + guidance / conditional
    if precision <= 0:
        raise CourseError("With these variances and this guidance no law exists.")
    return 1 / precision


def tilted_density(
    conditional: Line, unconditional: Line, guidance: float, x: Tensor
) -> Tensor:
    """p_u^(1 - g) p_c^g on a line, scaled to one on an even grid: x [n, 1] to [n].

    Raises CourseError for a guidance that is not finite.
    """
    known(guidance)
    logs = torch.lerp(
        unconditional.log_density(x), conditional.log_density(x), guidance
    )
    density = (logs - logs.max()).exp()
    return density / (density.sum() * float(x[1, 0] - x[0, 0]))


def known(guidance: float) -> None:
    """CourseError unless guidance is a finite number."""
    if not isinstance(guidance, int | float) or not math.isfinite(guidance):
        raise CourseError(
            f"The guidance is a finite number such as 1 (the condition as it is) or 2,"
            f" not {guidance}."
        )


def _variances(unconditional: float, conditional: float, guidance: float) -> None:
    known(guidance)
    if not (unconditional > 0 and conditional > 0):
        raise CourseError(
            f"Variances are above 0; got {unconditional} and {conditional}."
        )
