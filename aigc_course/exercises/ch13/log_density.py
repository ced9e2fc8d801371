"""Exercise on the density of a flow's samples."""

import math

import torch
from torch import Tensor
from torch.distributions import Normal

from aigc_course.checks.compare import kind
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.ch13._fields import per_row

exercise = Exercise(
    "13.log_density",
    order=150,
    title="How probable is a point?",
    difficulty=4,
    minutes=20,
    asks="method",
    idea="Walk from the point at t = 1 back to the noise at t = 0, and add up the"
    " divergence on the way. Where the flow spreads points, the density falls.",
    formula="log p_1(x_1) = log N(x_0; 0, I) - integral from 0 to 1 of div u(x_t, t)"
    " dt, with dx/dt = u(x, t) solved backwards from x_1.",
    line="Write `total, h = 0.0, 1 / steps`, `for i in range(steps, 0, -1):` with the"
    " lines `middle = x - h / 2 * velocity(x, i * h)`, `total = total + h *"
    " divergence(middle, (i - 0.5) * h)`, `x = x - h * velocity(middle, (i - 0.5) * h)`"
    " inside, and `return torch.distributions.Normal(0, 1).log_prob(x).sum(1) -"
    " total`.",
    line_is_part="a loop whose lines stand in order",
    variation="Use the method of Heun or Runge-Kutta for both integrals, and plot the"
    " error of the density against the number of calls.",
    tolerance=0.03,
)


@exercise.answer
def log_density(velocity, divergence, x: Tensor, steps: int) -> Tensor:
    """log p_1(x) of the samples that a flow draws, in nats: [N].

    velocity, divergence: called as velocity(x, t) and divergence(x, t) with x [N, d]
    and a time; they return [N, d] and [N]. x: [N, d], points at t = 1. steps: into how
    many the interval from 0 to 1 is divided; any solver. The flow starts from N(0, I)
    at t = 0. Chen et al. 2018, equation 8.
    """
    total, h = torch.zeros(len(x)), 1 / steps
    for i in range(steps, 0, -1):  # the midpoint method, backwards
        middle = x - h / 2 * velocity(x, i * h)
        total = total + h * divergence(middle, (i - 0.5) * h)
        x = x - h * velocity(middle, (i - 0.5) * h)
    return Normal(0.0, 1.0).log_prob(x).sum(dim=1) - total


def normal_flow(deviation: float, mean: float):
    """Velocity and divergence from N(0, I) to N(mean, deviation^2 I), both exact."""

    def rate(x: Tensor, t) -> Tensor:  # d log s / dt, as a column or a number
        s = per_row(t, x)
        square = (1 - s) ** 2 + s**2 * deviation**2
        return (s * deviation**2 - (1 - s)) / square

    def velocity(x: Tensor, t) -> Tensor:
        return mean + rate(x, t) * (x - per_row(t, x) * mean)

    def divergence(x: Tensor, t) -> Tensor:
        return (x.shape[1] * rate(x, t)).expand(len(x), 1)[:, 0]

    return velocity, divergence


def swirl():
    """A field that bends, with its divergence; its last law has no formula here."""

    def velocity(x: Tensor, t) -> Tensor:
        return torch.sin(1.5 * x.flip(1)) + (0.6 + per_row(t, x)) * torch.tanh(x)

    def divergence(x: Tensor, t) -> Tensor:
        return ((0.6 + per_row(t, x)) * (1 - torch.tanh(x) ** 2)).sum(1)

    return velocity, divergence


@exercise.inputs
def flows() -> list[tuple[object, object, Tensor, int]]:
    return [
        (*normal_flow(0.5, 1.0), 1 + 0.5 * torch.randn(5, 2), 120),
        (*normal_flow(1.8, -0.5), 1.8 * torch.randn(4, 3) - 0.5, 150),
        (*swirl(), torch.randn(6, 2), 200),
    ]


def _numbers(found: object, n: int) -> Tensor:
    found = torch.as_tensor(found) if not isinstance(found, Tensor) else found
    assert found.shape == (n,), f"The result is {kind(found)}; [{n}] is expected."
    return found.detach()


@exercise.must_hold
def exact_for_a_normal(f) -> bool:
    """For a flow from N(0, I) to N(1, 0.6^2 I) it is the density of that normal."""
    x = 1 + 0.6 * torch.randn(6, 2)
    want = Normal(1.0, 0.6).log_prob(x).sum(1)
    found = _numbers(f(*normal_flow(0.6, 1.0), x, 200), 6)
    return bool((found - want).abs().max() < 0.05)


@exercise.must_hold
def nothing_moves(f) -> bool:
    """Where the velocity is 0, the density is that of the noise."""
    x = torch.randn(5, 3)
    still = (lambda x, t: 0 * x), (lambda x, t: 0 * x[:, 0])
    want = Normal(0.0, 1.0).log_prob(x).sum(1)
    return bool((_numbers(f(*still, x, 10), 5) - want).abs().max() < 1e-4)


@exercise.must_hold
def the_whole_way(f) -> bool:
    """Where the velocity is 2 everywhere, points have come 2 from the noise, for any
    number of steps: the walk goes from t = 1 to t = 0."""
    x = 2 + torch.randn(5, 3)
    even = (lambda x, t: 0 * x + 2), (lambda x, t: 0 * x[:, 0])
    found = _numbers(f(*even, x, 10), 5)
    return bool((found - _start(x - 2)).abs().max() < 1e-3)


@exercise.must_hold
def all_of_the_divergence(f) -> bool:
    """At the point that rests in u = 0.3 x, the integral of the divergence is 0.3 d,
    for any number of steps."""
    x = torch.zeros(4, 3)
    growing = (lambda x, t: 0.3 * x), (lambda x, t: 0 * x[:, 0] + 0.9)
    found = _numbers(f(*growing, x, 10), 4)
    return bool((found - (_start(x) - 0.9)).abs().max() < 1e-3)


@exercise.must_hold
def area_one(f) -> bool:
    """On a line its exponential has the area 1."""
    x = torch.linspace(-4, 4, 801)[:, None]
    area = _numbers(f(*normal_flow(0.7, 0.4), x, 100), 801).exp().sum() * 0.01
    return abs(float(area) - 1) < 0.02


def _walk(velocity, divergence, x, steps):
    """The point at t = 0 and the integral of the divergence."""
    total, h = torch.zeros(len(x)), 1 / steps
    for i in range(steps, 0, -1):
        middle = x - h / 2 * velocity(x, i * h)
        total = total + h * divergence(middle, (i - 0.5) * h)
        x = x - h * velocity(middle, (i - 0.5) * h)
    return x, total


def _start(x) -> Tensor:
    return Normal(0.0, 1.0).log_prob(x).sum(1)


@exercise.mistake(hint="formula")
def divergence_added(velocity, divergence, x, steps):
    """You add the divergence. Where it is positive the flow spreads points, and the
    density falls: subtract its integral from 0 to 1."""
    x0, total = _walk(velocity, divergence, x, steps)
    return _start(x0) + total


@exercise.mistake(hint="idea")
def divergence_forgotten(velocity, divergence, x, steps):
    """You return the density of the noise that x came from. The flow also spreads or
    gathers points: subtract the integral of the divergence."""
    return _start(_walk(velocity, divergence, x, steps)[0])


@exercise.mistake(hint="idea")
def noise_forgotten(velocity, divergence, x, steps):
    """You return the change of the log-density alone. Add the log-density of the noise
    that x came from."""
    return -_walk(velocity, divergence, x, steps)[1]


@exercise.mistake(hint="formula")
def density_at_the_end(velocity, divergence, x, steps):
    """You evaluate N(0, I) at x itself. The noise that x came from is x_0, where the
    walk backwards ends."""
    return _start(x) - _walk(velocity, divergence, x, steps)[1]


@exercise.mistake(hint="idea")
def walked_forwards(velocity, divergence, x, steps):
    """You start from x at t = 0 and walk forwards. x is a point at t = 1: walk
    backwards, against the velocity."""
    total, h = torch.zeros(len(x)), 1 / steps
    for i in range(steps):
        middle = x + h / 2 * velocity(x, i * h)
        total = total + h * divergence(middle, (i + 0.5) * h)
        x = x + h * velocity(middle, (i + 0.5) * h)
    return _start(x) - total


@exercise.mistake(hint="formula")
def times_from_the_start(velocity, divergence, x, steps):
    """You walk against the velocity, but your times run from 0 to 1. At x the time is
    1, and it falls to 0."""
    total, h = torch.zeros(len(x)), 1 / steps
    for i in range(steps):
        middle = x - h / 2 * velocity(x, i * h)
        total = total + h * divergence(middle, (i + 0.5) * h)
        x = x - h * velocity(middle, (i + 0.5) * h)
    return _start(x) - total


@exercise.mistake(hint="line")
def not_times_h(velocity, divergence, x, steps):
    """You add up the divergence without the length of a step. An integral is a sum of
    values times h = 1 / steps."""
    x0, total = _walk(velocity, divergence, x, steps)
    return _start(x0) - steps * total


@exercise.mistake(hint="formula")
def divergence_at_one_place(velocity, divergence, x, steps):
    """You take the divergence at x for all times. It changes along the path: evaluate
    it where the point is at each time."""
    x0, _ = _walk(velocity, divergence, x, steps)
    h = 1 / steps
    total = sum(h * divergence(x, (i + 0.5) * h) for i in range(steps))
    return _start(x0) - total


@exercise.mistake(hint="line")
def mean_over_coordinates(velocity, divergence, x, steps):
    """You average the log-density of the noise over the coordinates. Independent
    coordinates multiply, so their logarithms add."""
    x0, total = _walk(velocity, divergence, x, steps)
    return Normal(0.0, 1.0).log_prob(x0).mean(1) - total


@exercise.mistake(hint="formula")
def constant_forgotten(velocity, divergence, x, steps):
    """Your density of the noise is exp(-|x|^2 / 2), whose area is not 1. Subtract
    d / 2 log(2 pi)."""
    x0, total = _walk(velocity, divergence, x, steps)
    return -x0.square().sum(1) / 2 - total


@exercise.mistake(hint="formula")
def constant_once(velocity, divergence, x, steps):
    """You subtract log(2 pi) / 2 once. There is one for each coordinate."""
    x0, total = _walk(velocity, divergence, x, steps)
    return -x0.square().sum(1) / 2 - math.log(2 * math.pi) / 2 - total


@exercise.mistake(hint="line")
def density_not_its_logarithm(velocity, divergence, x, steps):
    """You return the density. Its logarithm is asked for: leave the exponential
    out."""
    x0, total = _walk(velocity, divergence, x, steps)
    return (_start(x0) - total).exp()


@exercise.mistake(hint="formula")
def walked_with_the_velocity(velocity, divergence, x, steps):
    """You add the velocity, while your times fall from 1 to 0. Backwards in time a
    point moves against the velocity: subtract it."""
    total, h = torch.zeros(len(x)), 1 / steps
    for i in range(steps, 0, -1):
        middle = x + h / 2 * velocity(x, i * h)
        total = total + h * divergence(middle, (i - 0.5) * h)
        x = x + h * velocity(middle, (i - 0.5) * h)
    return _start(x) - total
