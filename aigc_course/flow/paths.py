"""The straight path from noise to data, and the four things a network can predict.

    x_t = (1 - t) x0 + t x1,   x0 ~ N(0, I) noise,   x1 data,   0 <= t <= 1

(Liu et al. 2023, rectified flow; Lipman et al. 2023, section 4.1, with sigma_min = 0.)
Velocity v, data x1, noise x0 and score determine each other at a given x_t and t.
"""

import torch
from torch import Tensor

from aigc_course.errors import CourseError

PREDICTIONS = ("velocity", "data", "noise", "score")


def as_times(t: float | Tensor, x: Tensor) -> Tensor:
    """t, [N] or a number, in a shape that multiplies x [N, ...]: [N or 1, 1, ...].

    Raises CourseError for another shape, and for times outside [0, 1].
    """
    times = torch.as_tensor(t, dtype=x.dtype, device=x.device)
    if times.ndim > 1 or (times.ndim == 1 and len(times) not in (1, len(x))):
        raise CourseError(
            f"t is a number or has one time for each of the {len(x)} points;"
            f" its shape is {list(times.shape)}."
        )
    if times.device.type == "cpu" and not bool(((times >= 0) & (times <= 1)).all()):
        raise CourseError("Times lie between 0 (noise) and 1 (data).")
    return times.reshape(-1, *[1] * (x.ndim - 1))


def interpolate(x0: Tensor, x1: Tensor, t: float | Tensor) -> Tensor:
    """x_t = (1 - t) x0 + t x1, of the shape [N, ...] of x0 and x1.

    t: [N] or a number in [0, 1]. Raises CourseError for two shapes.

    >>> interpolate(torch.zeros(2, 1), torch.ones(2, 1), torch.tensor([0.25, 1.0]))
    tensor([[0.2500],
            [1.0000]])
    """
    _same(x0, x1)
    return on_line(x0, x1, as_times(t, x0))


def on_line(x0: Tensor, x1: Tensor, at: Tensor) -> Tensor:
    """`interpolate` for times that are known to fit: [N, 1, ...], beside x0 [N, ...].

    Nothing is looked at, so a training step on a GPU does not wait for it.
    """
    return (1 - at) * x0 + at * x1


def conditional_velocity(x0: Tensor, x1: Tensor) -> Tensor:
    """dx_t/dt = x1 - x0, the same at every t. Shapes [N, ...]."""
    _same(x0, x1)
    return x1 - x0


def to_velocity(
    value: Tensor, x: Tensor, t: float | Tensor, prediction: str = "data"
) -> Tensor:
    """The velocity that belongs to a prediction at x = x_t, all of shape [N, ...].

    data: v = (x1 - x)/(1 - t). noise: v = (x - x0)/t. score: v = (x + (1 - t) score)/t.

    Raises CourseError for an unknown prediction, and where the formula divides by 0:
    data at t = 1, noise and score at t = 0.
    """
    _known(prediction)
    _same(value, x)
    at = as_times(t, x)
    if prediction == "velocity":
        return value
    if prediction == "data":
        _away_from(at, 1.0, "The data")
        return (value - x) / (1 - at)
    _away_from(at, 0.0, f"The {prediction}")
    if prediction == "noise":
        return (x - value) / at
    return (x + (1 - at) * value) / at


def from_velocity(
    v: Tensor, x: Tensor, t: float | Tensor, prediction: str = "data"
) -> Tensor:
    """The prediction that belongs to a velocity at x = x_t, all of shape [N, ...].

    data: x1 = x + (1 - t) v. noise: x0 = x - t v. score: (t v - x)/(1 - t).

    Raises CourseError for an unknown prediction, and for the score at t = 1.
    """
    _known(prediction)
    _same(v, x)
    at = as_times(t, x)
    if prediction == "velocity":
        return v
    if prediction == "data":
        return x + (1 - at) * v
    if prediction == "noise":
        return x - at * v
    _away_from(at, 1.0, "The score")
    return (at * v - x) / (1 - at)


def convert(
    value: Tensor, x: Tensor, t: float | Tensor, source: str, target: str
) -> Tensor:
    """One prediction turned into another, by way of the velocity; see both above."""
    return from_velocity(to_velocity(value, x, t, source), x, t, target)


def signal_share(t: float | Tensor) -> Tensor:
    """alpha-bar of diffusion at time t: t^2 / (t^2 + (1 - t)^2).

    x_t / sqrt(t^2 + (1 - t)^2) = sqrt(a) x1 + sqrt(1 - a) x0, which is the noised image
    of a variance-preserving diffusion (Ho et al. 2020, equation 4).
    """
    at = torch.as_tensor(t)
    return at**2 / (at**2 + (1 - at) ** 2)


def _same(a: Tensor, b: Tensor) -> None:
    if a.shape != b.shape:
        raise CourseError(
            f"Both need one shape; they have {list(a.shape)} and {list(b.shape)}."
        )


def _known(prediction: str) -> None:
    if prediction not in PREDICTIONS:
        raise CourseError(
            f"A prediction is one of {', '.join(PREDICTIONS)}, not {prediction!r}."
        )


def _away_from(at: Tensor, end: float, what: str) -> None:
    if at.device.type == "cpu" and bool((at == end).any()):
        raise CourseError(
            f"{what} cannot be converted at t = {end:g}: it divides by 0."
        )
