"""Exercise on the straight path and its velocity."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.ch13._fields import pairs

exercise = Exercise(
    "13.interpolate",
    order=10,
    title="A point on the path, and its velocity",
    difficulty=1,
    minutes=6,
    asks="formula",
    idea="Each row has its own time. Give t one axis for each axis of x, so that it"
    " multiplies whole rows. The velocity is the derivative of x_t with respect to t.",
    formula="x_t = (1 - t) x0 + t x1, and dx_t/dt = x1 - x0.",
    line="Write `s = t.reshape(-1, *[1] * (x1.ndim - 1))`, then `return (1 - s) * x0"
    " + s * x1, x1 - x0`.",
    variation="Write the path x_t = cos(pi t / 2) x0 + sin(pi t / 2) x1 and its"
    " velocity. Show by a plot whether its points move at a constant speed.",
)


@exercise.answer
def interpolate(x0: Tensor, x1: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """The point x_t of each straight path and its velocity dx_t/dt: two [N, ...].

    x0, x1: noise and data, [N, ...]. t: times between 0 and 1, [N]. At t = 0 the point
    is x0, at t = 1 it is x1. Liu et al. 2023, equation 1.
    """
    t = t.reshape(-1, *[1] * (x1.ndim - 1))  # [N, 1, ...]
    return (1 - t) * x0 + t * x1, x1 - x0


@exercise.inputs
def points_and_images() -> list[tuple[Tensor, Tensor, Tensor]]:
    return [pairs(5, 2), pairs(4, 4), pairs(3, 1, 6, 6), pairs(7)]


@exercise.must_hold
def from_noise_to_data(f) -> bool:
    """At t = 0 the point is the noise, and at t = 1 it is the data."""
    x0, x1, _ = pairs(4, 3)
    start, end = f(x0, x1, torch.zeros(4))[0], f(x0, x1, torch.ones(4))[0]
    return same(start, x0) and same(end, x1)


@exercise.must_hold
def velocity_is_the_derivative(f) -> bool:
    """The velocity is the derivative of the point with respect to t."""
    x0, x1, t = (part.double() for part in pairs(4, 3))
    later, now = f(x0, x1, t + 1e-4)[0], f(x0, x1, t - 1e-4)[0]
    return same((later - now) / 2e-4, f(x0, x1, t)[1])


@exercise.must_hold
def rows_have_their_own_times(f) -> bool:
    """The result for one row does not depend on the times of the others."""
    x0, x1, t = pairs(5, 5)
    return same(f(x0, x1, t)[0][:2], f(x0[:2], x1[:2], t[:2])[0])


def _rows(t: Tensor, x: Tensor) -> Tensor:
    return t.reshape(-1, *[1] * (x.ndim - 1))


@exercise.mistake(hint="idea")
def ends_swapped(x0, x1, t):
    """Your path runs from data to noise: at t = 0 you return x1. In this chapter noise
    is at t = 0, so x0 has the factor 1 - t."""
    s = _rows(t, x1)
    return s * x0 + (1 - s) * x1, x1 - x0


@exercise.mistake(hint="formula")
def wholly_reversed(x0, x1, t):
    """Your point and your velocity both run from data to noise. Other texts count time
    that way; here noise is at t = 0 and data at t = 1."""
    s = _rows(t, x1)
    return s * x0 + (1 - s) * x1, x0 - x1


@exercise.mistake(hint="formula")
def the_rest_of_the_way(x0, x1, t):
    """Your second result is x1 - x_t, the way that is left. The velocity is the
    derivative of x_t with respect to t, which is x1 - x0 at every time."""
    s = _rows(t, x1)
    x = (1 - s) * x0 + s * x1
    return x, x1 - x


@exercise.mistake(hint="formula")
def the_way_so_far(x0, x1, t):
    """Your second result is x_t - x0, the way so far. Divide it by t, or differentiate
    x_t: the velocity is x1 - x0."""
    s = _rows(t, x1)
    return (1 - s) * x0 + s * x1, s * (x1 - x0)


@exercise.mistake(hint="formula")
def velocity_backwards(x0, x1, t):
    """Your velocity points from the data to the noise. The derivative of
    (1 - t) x0 + t x1 is x1 - x0."""
    s = _rows(t, x1)
    return (1 - s) * x0 + s * x1, x0 - x1


@exercise.mistake(hint="line")
def times_along_the_last_axis(x0, x1, t):
    """You multiply by t without new axes. Then t runs along the last axis of x and not
    along the rows, unless x is [N]: reshape it to [N, 1, ...]."""
    return (1 - t) * x0 + t * x1, x1 - x0


@exercise.mistake(hint="line")
def one_axis_for_all_shapes(x0, x1, t):
    """You give t one new axis, which is right for points [N, d] only. Images
    [N, 1, H, W] need three: add as many as x has beyond its first."""
    s = t[:, None]
    return (1 - s) * x0 + s * x1, x1 - x0


@exercise.mistake(hint="idea")
def one_time_for_all(x0, x1, t):
    """You use one time for the whole batch. Each row has a time of its own: t has the
    shape [N]."""
    return (1 - t[0]) * x0 + t[0] * x1, x1 - x0


@exercise.mistake(hint="idea")
def a_diffusion_path(x0, x1, t):
    """Your weights have squares that sum to 1, as in diffusion models. The straight
    path has weights that sum to 1: 1 - t and t."""
    s = _rows(t, x1)
    return (1 - s**2).sqrt() * x0 + s * x1, x1 - x0


@exercise.mistake(hint="idea")
def noise_as_target(x0, x1, t):
    """Your second result is the noise, which diffusion models predict. Here the
    velocity is asked for: x1 - x0."""
    s = _rows(t, x1)
    return (1 - s) * x0 + s * x1, x0


@exercise.mistake(hint="line")
def velocity_first(x0, x1, t):
    """Both results are right, and they are in the wrong order. Return the point first
    and the velocity second."""
    s = _rows(t, x1)
    return x1 - x0, (1 - s) * x0 + s * x1
