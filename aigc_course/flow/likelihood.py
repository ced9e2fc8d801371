"""How probable a point is under a flow: the change of variables along its path.

    log p_1(x_1) = log p_0(x_0) - integral_0^1 div v(x_t, t) dt

(Chen et al. 2018, neural ODEs, equation 8.) The divergence is the trace of the Jacobian
dv/dx, exactly with D derivatives, or estimated with one (Hutchinson 1989; Grathwohl et
al. 2019, FFJORD).
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.flow.exact import LOG_2PI
from aigc_course.flow.solvers import Velocity, solve, times

Divergence = Callable[[Tensor, float], Tensor]  # div v(x [N, D], t), [N]


def exact_divergence(velocity: Velocity) -> Divergence:
    """div v = sum_i dv_i/dx_i, by one backward pass a coordinate: x [N, D] to [N].

    Rows of a batch must not influence each other, which holds without batch norm.
    """

    @torch.enable_grad()
    def divergence(x: Tensor, t: float) -> Tensor:
        x, v = _with_graph(velocity, x, t)
        total = torch.zeros(len(x), dtype=x.dtype, device=x.device)
        for i in range(x.shape[1]):
            slopes = _gradient(v[:, i].sum(), x, more=i + 1 < x.shape[1])
            total += slopes[:, i]
        return total

    return divergence


def hutchinson(velocity: Velocity, probe: Tensor) -> Divergence:
    """e^T (dv/dx) e for one probe e per row [N, D], by one backward pass: to [N].

    E[e e^T] = I makes the mean over probes the trace. `rademacher` draws probes. Keep
    the same probe along a whole path, so that the integrand is smooth in t.
    """

    @torch.enable_grad()
    def divergence(x: Tensor, t: float) -> Tensor:
        x, v = _with_graph(velocity, x, t)
        return (probe * _gradient((v * probe).sum(), x)).sum(1).detach()

    return divergence


def rademacher(x: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Entries -1 or 1 with equal probability, of x's shape.

    For a symmetric Jacobian J the estimate's variance is 2 (|J|_F^2 - sum_i J_ii^2);
    a normal probe has 2 |J|_F^2.
    """
    signs = torch.randint(0, 2, x.shape, generator=generator)
    return (2 * signs - 1).to(x)


@torch.no_grad()
def log_density(
    velocity: Velocity,
    x: Tensor,
    steps: int | Sequence[float] | Tensor = 32,
    method: str = "heun",
    divergence: Divergence | None = None,
    batch: int = 2_000,
) -> Tensor:
    """log p_1(x) in nats, [N], of the flow that `velocity` drives from N(0, I).

    x: [N, D], data. steps: as for `solve`, written as times from 0 to 1; they are gone
    through backwards, and the divergence is added up with the same method. divergence:
    `exact_divergence(velocity)` unless another is given; one by `hutchinson` needs all
    of x in one batch.

    Raises CourseError for x of another shape, NaN, a method that draws noise, and a
    divergence that is not [N].
    """
    if x.ndim != 2 or not len(x):
        raise CourseError(f"Points are [N, D]; got {list(x.shape)}.")
    validate.finite(x, "points")
    if method in ("stochastic", "ancestral"):
        raise CourseError(f"A likelihood needs a path; {method} draws noise.")
    if divergence is None:
        divergence = exact_divergence(velocity)
    else:
        batch = len(x)
    backwards = sorted(times(steps), reverse=True)
    parts = x.split(batch)
    return torch.cat(
        [_log_density(velocity, p, backwards, method, divergence) for p in parts]
    )


def _log_density(
    velocity: Velocity,
    x: Tensor,
    grid: list[float],
    method: str,
    divergence: Divergence,
) -> Tensor:
    D = x.shape[1]

    def both(state: Tensor, t: float) -> Tensor:
        """Velocity of x and of the sum of divergences, [N, D + 1]."""
        rate = divergence(state[:, :D], t)
        if rate.shape != (len(x),):
            raise CourseError(f"A divergence is [{len(x)}]; got {list(rate.shape)}.")
        return torch.cat([velocity(state[:, :D], t), rate[:, None]], dim=1)

    start = torch.cat([x, torch.zeros_like(x[:, :1])], dim=1)
    end = solve(both, start, grid, method)
    x0, backward_sum = end[:, :D], end[:, D]  # minus the integral from 0 to 1
    log_noise = -(x0.square().sum(1) + D * LOG_2PI) / 2
    return log_noise + backward_sum


def _with_graph(velocity: Velocity, x: Tensor, t: float) -> tuple[Tensor, Tensor]:
    """x as a leaf, and v(x, t) with the graph that leads back to it."""
    leaf = x.detach().requires_grad_()
    return leaf, velocity(leaf, t)


def _gradient(value: Tensor, x: Tensor, more: bool = False) -> Tensor:
    """d value/dx, of x's shape; `more` keeps the graph for another pass."""
    if not value.requires_grad:  # a velocity that does not depend on x
        return torch.zeros_like(x)
    (slope,) = torch.autograd.grad(
        value, x, retain_graph=more, allow_unused=True, materialize_grads=True
    )
    return slope
