"""Exercise on a step of Heun's method."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.ch13._fields import bent, per_row

exercise = Exercise(
    "13.heun_step",
    order=50,
    title="A better step",
    difficulty=2,
    minutes=10,
    asks="method",
    idea="Take Euler's step on trial. Ask for the velocity where it ends, at the time"
    " when it ends. Then go from the old point with the mean of both velocities.",
    formula="a = u(x, t), b = u(x + h a, t + h), and the new point is x + h (a + b) /"
    " 2.",
    line="Write `a = velocity(x, t)`, then `b = velocity(x + h * a, t + h)`, then"
    " `return x + h * (a + b) / 2`.",
    variation="Use the last velocity of a step as the first of the next one. Count how"
    " many calls of the network this saves, and say why the result differs.",
)


@exercise.answer
def heun_step(velocity, x: Tensor, t: float, h: float) -> Tensor:
    """The point at time t + h by one step of Heun's method: [N, ...].

    velocity: called as velocity(x, t) with x [N, ...] and a time; it returns [N, ...].
    x: the points at time t. h: length of the step. Heun 1900.
    """
    slope = velocity(x, t)
    trial = x + h * slope  # Euler's step
    return x + h * (slope + velocity(trial, t + h)) / 2


@exercise.inputs
def starts() -> list[tuple[object, Tensor, float, float]]:
    return [
        (bent, torch.randn(5, 2), 0.2, 0.3),
        (bent, torch.randn(3, 1, 4, 4), 0.5, 0.5),
        (lambda x, t: -x * (1 + per_row(t, x)), torch.randn(4, 3), 0.0, 0.25),
    ]


@exercise.must_hold
def exact_where_time_alone_counts(f) -> bool:
    """For u = 2 t the step from t = 1/4 with h = 1/2 adds exactly 1/2."""
    x = torch.randn(4, 2)
    return same(f(lambda x, t: 0 * x + 2 * per_row(t, x), x, 0.25, 0.5), x + 0.5)


@exercise.must_hold
def nothing_moves(f) -> bool:
    """With a velocity of 0 the points stay where they are."""
    x = torch.randn(4, 2)
    return same(f(lambda x, t: torch.zeros_like(x), x, 0.3, 0.2), x)


@exercise.must_hold
def second_order(f) -> bool:
    """With half the step the error of one step is an eighth, as for every method of
    order 2: for u = x, whose solution is x exp(h)."""

    def error(h: float) -> float:
        x = torch.ones(1, 1).double()
        exact = torch.tensor(h).double().exp()
        return float((f(lambda x, t: x, x, 0.0, h) - exact).abs().squeeze())

    return 7.5 < error(0.02) / max(error(0.01), 1e-12) < 8.5


@exercise.mistake(hint="idea")
def euler(velocity, x, t, h):
    """This is Euler's step. Heun's method also asks for the velocity at the end of that
    step, and takes the mean of both."""
    return x + h * velocity(x, t)


@exercise.mistake(hint="idea")
def midpoint(velocity, x, t, h):
    """This is the midpoint method, which is also of order 2. Heun's method asks at the
    end of the step and takes the mean of two velocities."""
    return x + h * velocity(x + h / 2 * velocity(x, t), t + h / 2)


@exercise.mistake(hint="formula")
def asked_at_the_old_point(velocity, x, t, h):
    """You ask for the second velocity at the old point x. Ask where Euler's step ends,
    at x + h a."""
    return x + h * (velocity(x, t) + velocity(x, t + h)) / 2


@exercise.mistake(hint="formula")
def asked_at_the_old_time(velocity, x, t, h):
    """You ask for the second velocity at the old time t. The step ends at t + h."""
    a = velocity(x, t)
    return x + h * (a + velocity(x + h * a, t)) / 2


@exercise.mistake(hint="formula")
def not_halved(velocity, x, t, h):
    """You add both velocities, so the step is twice too long. Take their mean."""
    a = velocity(x, t)
    return x + h * (a + velocity(x + h * a, t + h))


@exercise.mistake(hint="formula")
def from_the_trial(velocity, x, t, h):
    """You go on from the end of Euler's step, so the way is counted twice. Start the
    final step from the old point x."""
    a = velocity(x, t)
    trial = x + h * a
    return trial + h * (a + velocity(trial, t + h)) / 2


@exercise.mistake(hint="formula")
def end_velocity_alone(velocity, x, t, h):
    """You use the velocity at the end alone. That is again a method of order 1: take
    the mean with the velocity at the start."""
    return x + h * velocity(x + h * velocity(x, t), t + h)


@exercise.mistake(hint="formula")
def trial_without_h(velocity, x, t, h):
    """Your trial point is x + a, without the length of the step. Euler's step ends at
    x + h a."""
    a = velocity(x, t)
    return x + h * (a + velocity(x + a, t + h)) / 2


@exercise.mistake(hint="idea")
def two_euler_steps(velocity, x, t, h):
    """You take two Euler steps of length h / 2, a method of order 1 with two calls.
    Heun's method goes back to the old point and uses the mean velocity."""
    x = x + h / 2 * velocity(x, t)
    return x + h / 2 * velocity(x, t + h / 2)


@exercise.mistake(hint="line")
def step_length_forgotten(velocity, x, t, h):
    """You add the mean velocity itself. Multiply it by the length of the step, h."""
    a = velocity(x, t)
    return x + (a + velocity(x + h * a, t + h)) / 2


@exercise.mistake(hint="line")
def change_alone(velocity, x, t, h):
    """You return the change. Add it to x: the new point is asked for."""
    a = velocity(x, t)
    return h * (a + velocity(x + h * a, t + h)) / 2


@exercise.mistake(hint="idea")
def backwards(velocity, x, t, h):
    """Your step goes against the velocity. Samples move from t to t + h: add
    h (a + b) / 2."""
    a = velocity(x, t)
    return x - h * (a + velocity(x - h * a, t - h)) / 2
