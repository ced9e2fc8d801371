"""The average velocity of a flow: what a model of one or few steps has to learn.

U(x, t, r) = (x_r - x_t)/(r - t) for the particle that is at x_t = x at time t, so that

    x_r = x + (r - t) U(x, t, r)       one step, however long, is exact

(Geng et al. 2025, MeanFlow, arXiv 2505.13447, equations 3 and 6; there noise is at
t = 1.) For a mixture on a line U is a formula.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.autograd.functional import jvp

from aigc_course.flow.exact import Line
from aigc_course.flow.paths import as_times
from aigc_course.flow.solvers import Velocity, times

Average = Callable[[Tensor, float, float], Tensor]  # U(x [N, D], t, r), [N, D]


def average_velocity(
    data: Line, x: Tensor, t: float | Tensor, r: float | Tensor
) -> Tensor:
    """U(x, t, r) of the exact flow on a line, [N, 1]; u_t(x) itself where r = t.

    x: [N, 1]. t, r: [N] or numbers in [0, 1].
    """
    length = as_times(r, x) - as_times(t, x)
    moved = data.flow(x, t, r) - x
    here = data.velocity(x, t)
    return torch.where(length == 0, here, moved / torch.where(length == 0, 1, length))


def average_target(
    average: Average, velocity: Velocity, x: Tensor, t: float, r: float
) -> Tensor:
    """v + (r - t) dU/dt, the target that the average velocity has to meet, [N, D].

    From (r - t) U = x_r - x_t, differentiated by t along the particle's path, where
    dx/dt = v and r stays:   U = v + (r - t) dU/dt,   dU/dt = dU/dx v + dU/dt|x.
    """
    v = velocity(x, t)
    start = torch.as_tensor(t, dtype=x.dtype)

    def along(y: Tensor, s: Tensor) -> Tensor:
        return average(y, s, r)  # type: ignore[arg-type]

    slope = jvp(along, (x, start), (v, torch.ones_like(start)))[1]
    return v + (r - t) * slope


def few_steps(average: Average, x: Tensor, steps: int = 1) -> Tensor:
    """x at time 0 taken to time 1 in `steps` jumps of U, [N, D].

    Raises CourseError for fewer than 1 step.
    """
    grid = times(steps)
    for t, r in zip(grid, grid[1:], strict=False):
        x = x + (r - t) * average(x, t, r)
    return x
