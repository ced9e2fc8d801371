"""Ways to follow a velocity from noise to data: dx/dt = v(x, t).

Every method is one step from t to s; `solve` repeats it. Euler, midpoint, Heun and RK4
follow the ordinary differential equation. `stochastic` and `ancestral` add fresh noise
at every step and keep the same law at every time.
"""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.flow.paths import from_velocity

Velocity = Callable[[Tensor, float], Tensor]  # v(x [N, ...], t) of x's shape
Step = Callable[[Velocity, Tensor, float, float], Tensor]  # x at t to x at s


def euler_step(velocity: Velocity, x: Tensor, t: float, s: float) -> Tensor:
    """x + (s - t) v(x, t): order 1, one evaluation."""
    return x + (s - t) * velocity(x, t)


def midpoint_step(velocity: Velocity, x: Tensor, t: float, s: float) -> Tensor:
    """Euler to the middle, then a whole step with the velocity found there: order 2."""
    middle = x + (s - t) / 2 * velocity(x, t)
    return x + (s - t) * velocity(middle, (t + s) / 2)


def heun_step(velocity: Velocity, x: Tensor, t: float, s: float) -> Tensor:
    """Euler to the end, then a whole step with the mean of both velocities: order 2."""
    first = velocity(x, t)
    second = velocity(x + (s - t) * first, s)
    return x + (s - t) * (first + second) / 2


def rk4_step(velocity: Velocity, x: Tensor, t: float, s: float) -> Tensor:
    """The classical Runge-Kutta step: order 4, four evaluations."""
    h, middle = s - t, (t + s) / 2
    k1 = velocity(x, t)
    k2 = velocity(x + h / 2 * k1, middle)
    k3 = velocity(x + h / 2 * k2, middle)
    k4 = velocity(x + h * k3, s)
    return x + h * (k1 + 2 * k2 + 2 * k3 + k4) / 6


def stochastic_step(
    velocity: Velocity,
    x: Tensor,
    t: float,
    s: float,
    noise: float = 1.0,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Euler-Maruyama on dx = (v + g^2/2 score) dt + g dW, g^2 = noise^2 2 (1 - t).

    The drift g^2/2 score takes back what the noise adds, so the law at every time is
    that of the ordinary equation (Song et al. 2021, appendix D.1, read backwards). g
    falls to 0 at t = 1, where the score of data may be infinite. Forward in time only.
    """
    v = velocity(x, t)
    half = noise**2 * (1 - t)  # g^2/2
    drift = v + half * from_velocity(v, x, t, "score")
    fresh = torch.randn(x.shape, generator=generator, dtype=x.dtype).to(x.device)
    return x + (s - t) * drift + math.sqrt(2 * half * (s - t)) * fresh


def ancestral_step(
    velocity: Velocity,
    x: Tensor,
    t: float,
    s: float,
    noise: float = 1.0,
    generator: torch.Generator | None = None,
) -> Tensor:
    """A draw of x_s given x_t and the predicted data: the reverse step of diffusion.

    x_s = s x1 + sqrt((1 - s)^2 - e^2) x0 + e n,   n ~ N(0, I),
    e = noise (1 - s)/(1 - t) sqrt((1 - t)^2 - (t/s)^2 (1 - s)^2)

    x1 and x0 are the data and noise that v predicts. noise = 1 is DDPM (Ho et al. 2020,
    equation 7), noise = 0 is DDIM (Song, Meng & Ermon 2021, equations 12 and 16), and
    on this path DDIM's step is Euler's. Forward in time only.
    """
    v = velocity(x, t)
    x1, x0 = from_velocity(v, x, t, "data"), from_velocity(v, x, t, "noise")
    keep = (1 - t) ** 2 - (t / s) ** 2 * (1 - s) ** 2
    e = noise * (1 - s) / (1 - t) * math.sqrt(max(keep, 0.0))
    fresh = torch.randn(x.shape, generator=generator, dtype=x.dtype).to(x.device)
    return s * x1 + math.sqrt(max((1 - s) ** 2 - e**2, 0.0)) * x0 + e * fresh


METHODS: dict[str, Step] = {
    "euler": euler_step,
    "midpoint": midpoint_step,
    "heun": heun_step,
    "rk4": rk4_step,
}
RANDOM = {"stochastic": stochastic_step, "ancestral": ancestral_step}
EVALUATIONS = {  # of the velocity in one step
    "euler": 1,
    "midpoint": 2,
    "heun": 2,
    "rk4": 4,
    "stochastic": 1,
    "ancestral": 1,
}


def solve(
    velocity: Velocity,
    x: Tensor,
    steps: int | Sequence[float] | Tensor,
    method: str = "heun",
    noise: float = 1.0,
    generator: torch.Generator | None = None,
) -> Tensor:
    """x followed to the last time, of the shape [N, ...] of x.

    velocity: v(x, t), t a float. steps: a whole number of equal steps from 0 to 1, or
    the times themselves, rising or falling. method: a key of EVALUATIONS. noise and
    generator: for stochastic and ancestral only.

    Raises CourseError for an unknown method, fewer than 1 step, times outside [0, 1] or
    not in order, noise below 0 or not a number, and random steps that go back in time.

    >>> solve(lambda x, t: x, torch.ones(1, 1).double(), 8, "rk4")   # e = 2.71828...
    tensor([[2.7183]], dtype=torch.float64)
    """
    return trajectory(velocity, x, steps, method, noise, generator, keep=False)[-1]


def trajectory(
    velocity: Velocity,
    x: Tensor,
    steps: int | Sequence[float] | Tensor,
    method: str = "heun",
    noise: float = 1.0,
    generator: torch.Generator | None = None,
    keep: bool = True,
) -> list[Tensor]:
    """x at every time of `solve`, the start included; only the last without `keep`."""
    grid = times(steps)
    step = _step(method, noise, generator)
    if method in RANDOM and grid[-1] < grid[0]:
        raise CourseError(f"The method {method} goes forward in time only.")
    states = [x]
    for t, s in zip(grid, grid[1:], strict=False):
        x = step(velocity, x, t, s)
        states = [*states, x] if keep else [x]
    return states


def times(steps: int | Sequence[float] | Tensor) -> list[float]:
    """The times that `steps` stands for; see `solve`.

    >>> times(4)
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    if not isinstance(steps, Sequence | Tensor) or isinstance(steps, str):
        validate.whole(steps, "The number of steps")
        return [i / int(steps) for i in range(int(steps) + 1)]
    grid = [float(t) for t in steps]
    rising = all(a < b for a, b in zip(grid, grid[1:], strict=False))
    falling = all(a > b for a, b in zip(grid, grid[1:], strict=False))
    inside = all(0 <= t <= 1 for t in grid)
    if len(grid) < 2 or not inside or not (rising or falling):
        raise CourseError(
            "Times are at least two numbers between 0 and 1, all rising or all falling."
        )
    return grid


def evaluations(steps: int, method: str = "heun") -> int:
    """How often the velocity is computed for one sample.

    >>> evaluations(8, "heun")
    16
    """
    _known(method)
    validate.whole(steps, "The number of steps")
    return steps * EVALUATIONS[method]


def _step(method: str, noise: float, generator: torch.Generator | None) -> Step:
    _known(method)
    if method in METHODS:
        return METHODS[method]
    validate.at_least_zero(noise, "The noise of a random method")
    if method == "ancestral" and noise > 1:
        raise CourseError(f"The noise of ancestral steps is at most 1, not {noise}.")
    chosen = RANDOM[method]

    def step(velocity: Velocity, x: Tensor, t: float, s: float) -> Tensor:
        return chosen(velocity, x, t, s, noise, generator)

    return step


def _known(method: str) -> None:
    if method not in EVALUATIONS:
        raise CourseError(
            f"A method is one of {', '.join(EVALUATIONS)}, not {method!r}."
        )
