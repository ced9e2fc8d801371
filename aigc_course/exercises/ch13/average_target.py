"""Exercise on the target of a network for average velocities."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.ch13._fields import bent, per_row

exercise = Exercise(
    "13.average_target",
    order=180,
    title="From a velocity to its average",
    difficulty=4,
    minutes=22,
    asks="derive",
    idea="Write (r - t) U(x_t, t, r) as the integral of the velocity from t to r along"
    " the path. Differentiate both sides with respect to t; r is held fixed and x_t"
    " moves with the velocity.",
    formula="-U + (r - t) dU/dt = -u, so U = u + (r - t) dU/dt. Along the path dU/dt ="
    " (dU/dx) u + the partial derivative in t: a Jacobian-vector product with the"
    " tangents (u, 1, 0).",
    line="Write `u = velocity(x, t)`, then `_, slope = torch.func.jvp(average, (x, t,"
    " r), (u, torch.ones_like(t), torch.zeros_like(r)))`, then `return u + (r -"
    " t)[:, None] * slope`.",
    variation="Differentiate with respect to r in place of t. Show that this gives"
    " another identity, and say which velocity it needs.",
    tolerance=5e-3,
)


@exercise.answer
def average_target(average, velocity, x: Tensor, t: Tensor, r: Tensor) -> Tensor:
    """What U(x, t, r) has to equal, by its own slope along the path: [N, d].

    average: called as average(x, t, r), the network for the mean velocity of the path
    through x between the times t and r; it returns [N, d]. velocity: called as
    velocity(x, t). x: the points at time t, [N, d]. t, r: [N], t <= r. Geng et al.
    2025, equation 6, with time from noise to data.
    """
    u = velocity(x, t)
    # dU/dt along the path, on which dx/dt = u and dr/dt = 0
    tangents = (u, torch.ones_like(t), torch.zeros_like(r))
    slope = torch.func.jvp(average, (x, t, r), tangents)[1]
    return u + (r - t)[:, None] * slope


def guess(x: Tensor, t: Tensor, r: Tensor) -> Tensor:
    """Some function of x, t and r, as an untrained network is one."""
    s, e = per_row(t, x), per_row(r, x)
    return torch.sin(1.2 * x + s) + 0.5 * e * x.roll(1, 1) - 0.3 * s * e * x


def times(n: int) -> tuple[Tensor, Tensor]:
    """Times t < r, [N] each."""
    t = 0.6 * torch.rand(n)
    return t, t + 0.1 + 0.3 * torch.rand(n)


@exercise.inputs
def networks() -> list[tuple[object, object, Tensor, Tensor, Tensor]]:
    return [
        (guess, bent, torch.randn(5, 2), *times(5)),
        (guess, bent, torch.randn(4, 4), *times(4)),
    ]


def _deviation(t: Tensor) -> Tensor:
    """The deviation at time t on the way from N(0, 1) to N(0, 4)."""
    return ((1 - t) ** 2 + 4 * t**2).sqrt()


def _exact_velocity(x: Tensor, t: Tensor) -> Tensor:
    s = per_row(t, x)
    return (4 * s - (1 - s)) / ((1 - s) ** 2 + 4 * s**2) * x


def _exact_average(x: Tensor, t: Tensor, r: Tensor) -> Tensor:
    s, e = per_row(t, x), per_row(r, x)
    return x * (_deviation(e) / _deviation(s) - 1) / (e - s)


@exercise.must_hold
def exact_average_stays(f) -> bool:
    """The exact average velocity of a flow between two normals is its own target."""
    x, (t, r) = torch.randn(6, 2), times(6)
    found = f(_exact_average, _exact_velocity, x, t, r)
    return same(found, _exact_average(x, t, r), 1e-2)


@exercise.must_hold
def no_time_no_difference(f) -> bool:
    """With r = t the target is the velocity itself."""
    x, t = torch.randn(5, 2), torch.rand(5)
    return same(f(guess, bent, x, t, t.clone()), bent(x, t))


@exercise.must_hold
def constant_velocity(f) -> bool:
    """Where all velocities are the same, so is the target of a constant network."""
    x, (t, r) = torch.randn(5, 2), times(5)

    def two(x: Tensor, t: Tensor, r: Tensor) -> Tensor:
        return 2 + 0 * (x + per_row(t, x) + per_row(r, x))

    return same(f(two, lambda x, t: 0 * x + 2, x, t, r), torch.full((5, 2), 2.0))


def _slope(average, x, t, r, dx, dt: float = 1.0, dr: float = 0.0) -> Tensor:
    tangents = (dx, dt * torch.ones_like(t), dr * torch.ones_like(r))
    return torch.func.jvp(average, (x, t, r), tangents)[1]


@exercise.mistake(hint="formula")
def factor_lost(average, velocity, x, t, r):
    """You add dU/dt without the factor r - t. It comes from the length of the interval
    in the integral: with r = t the target must be the velocity."""
    u = velocity(x, t)
    return u + _slope(average, x, t, r, u)


@exercise.mistake(hint="formula")
def subtracted(average, velocity, x, t, r):
    """You subtract (r - t) dU/dt. Papers that count time from data to noise have that
    sign; here t is the earlier end, and the identity is U = u + (r - t) dU/dt."""
    u = velocity(x, t)
    return u - (r - t)[:, None] * _slope(average, x, t, r, u)


@exercise.mistake(hint="idea")
def point_held_fixed(average, velocity, x, t, r):
    """You differentiate in t alone and hold x fixed. Along the path x moves with the
    velocity: its tangent is u."""
    u = velocity(x, t)
    slope = _slope(average, x, t, r, torch.zeros_like(x))
    return u + (r - t)[:, None] * slope


@exercise.mistake(hint="idea")
def time_held_fixed(average, velocity, x, t, r):
    """You differentiate along x alone. U also depends on t directly: the tangent of t
    is 1."""
    u = velocity(x, t)
    return u + (r - t)[:, None] * _slope(average, x, t, r, u, dt=0.0)


@exercise.mistake(hint="formula")
def both_ends_moved(average, velocity, x, t, r):
    """You move r along with t: its tangent is 1 in your product. The end of the
    interval is held fixed: its tangent is 0."""
    u = velocity(x, t)
    return u + (r - t)[:, None] * _slope(average, x, t, r, u, dr=1.0)


@exercise.mistake(hint="formula")
def moved_by_the_average(average, velocity, x, t, r):
    """You move x with the average velocity U. At time t the point moves with the
    velocity u(x, t): that is its tangent."""
    slope = _slope(average, x, t, r, average(x, t, r))
    return velocity(x, t) + (r - t)[:, None] * slope


@exercise.mistake(hint="idea")
def velocity_alone(average, velocity, x, t, r):
    """You return the velocity at time t. A network that learns it takes Euler steps:
    add (r - t) dU/dt."""
    return velocity(x, t)


@exercise.mistake(hint="idea")
def correction_alone(average, velocity, x, t, r):
    """You return (r - t) dU/dt alone. Add the velocity at time t."""
    u = velocity(x, t)
    return (r - t)[:, None] * _slope(average, x, t, r, u)


@exercise.mistake(hint="formula")
def around_the_average(average, velocity, x, t, r):
    """You solve the identity for the wrong side: U - (r - t) dU/dt is the velocity.
    The target of U is u + (r - t) dU/dt."""
    u = velocity(x, t)
    return average(x, t, r) - (r - t)[:, None] * _slope(average, x, t, r, u)


@exercise.mistake(hint="idea")
def mean_of_both_ends(average, velocity, x, t, r):
    """You take the mean of the velocity at both ends of one Euler step. That is an
    approximation; the identity is exact and needs no step."""
    u = velocity(x, t)
    return (u + velocity(x + (r - t)[:, None] * u, r)) / 2


@exercise.mistake(hint="idea")
def slope_of_the_velocity(average, velocity, x, t, r):
    """You differentiate the velocity along the path. In the product (r - t) U it is U
    that depends on t: differentiate `average`."""
    u = velocity(x, t)
    tangents = (u, torch.ones_like(t))
    return u + (r - t)[:, None] * torch.func.jvp(velocity, (x, t), tangents)[1]


@exercise.mistake(hint="formula")
def half_the_interval(average, velocity, x, t, r):
    """Your correction has the factor (r - t) / 2, as in a Taylor series of the
    velocity. Here dU/dt stands in the identity, and its factor is r - t."""
    u = velocity(x, t)
    return u + (r - t)[:, None] / 2 * _slope(average, x, t, r, u)
