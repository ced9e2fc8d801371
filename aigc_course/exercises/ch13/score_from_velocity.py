"""Exercise on the score that a velocity contains."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "13.score_from_velocity",
    order=70,
    title="From the velocity to the score",
    difficulty=2,
    minutes=12,
    asks="derive",
    idea="Given x1, x_t is normal with mean t x1 and deviation 1 - t, so the score of"
    " p_t is minus the mean noise given x_t, over the deviation. The mean velocity"
    " tells the mean noise, because x_t = (1 - t) x0 + t x1 and v = x1 - x0.",
    formula="x0 = x - t v on each path, so E[x0 | x_t = x] = x - t u, and"
    " score = -E[x0 | x_t = x] / (1 - t).",
    line="Write `return (t * u - x) / (1 - t)`.",
    variation="Derive the score from the mean noise and from the denoised x1, and"
    " compare where each of the three divides by a small number.",
)


@exercise.answer
def score_from_velocity(u: Tensor, x: Tensor, t: float) -> Tensor:
    """The gradient of log p_t at x, from the mean velocity u = E[x1 - x0 | x_t = x].

    u, x: [N, d]. t: a number, 0 <= t < 1. The noise x0 is N(0, I).
    """
    noise = x - t * u  # E[x0 | x_t = x]
    return -noise / (1 - t)


@exercise.inputs
def velocities() -> list[tuple[Tensor, Tensor, float]]:
    return [(*torch.randn(2, 5, 2), 0.3), (*torch.randn(2, 4, 3), 0.8)]


@exercise.must_hold
def standard_normal_at_the_start(f) -> bool:
    """At t = 0 all is noise, and the score is -x whatever the velocity."""
    u, x = torch.randn(2, 4, 2)
    return same(f(u, x, 0.0), -x)


@exercise.must_hold
def right_for_normal_data(f) -> bool:
    """For data from N(0, s^2 I) the score is -x / ((1 - t)^2 + t^2 s^2)."""
    t, square = 0.7, 1.6
    x, variance = torch.randn(6, 2), 0.3**2 + 0.7**2 * square
    u = (t * square - (1 - t)) / variance * x
    return same(f(u, x, t), -x / variance)


@exercise.mistake(hint="idea")
def towards_the_noise(u, x, t):
    """The sign is turned: your vector points away from where p_t is large. The score is
    minus the mean noise over 1 - t."""
    return (x - t * u) / (1 - t)


@exercise.mistake(hint="formula")
def noise_returned(u, x, t):
    """You return the mean noise, E[x0 | x_t]. The score is minus that, divided by the
    deviation 1 - t."""
    return x - t * u


@exercise.mistake(hint="formula")
def not_divided(u, x, t):
    """You return minus the mean noise. Divide by the deviation of the noise in x_t,
    which is 1 - t."""
    return t * u - x


@exercise.mistake(hint="formula")
def divided_by_the_variance(u, x, t):
    """You divide the mean noise by (1 - t)^2. The score is -(x - t x1) / (1 - t)^2, and
    x - t x1 is (1 - t) x0: one factor cancels."""
    return (t * u - x) / (1 - t) ** 2


@exercise.mistake(hint="formula")
def velocity_not_weighted(u, x, t):
    """You subtract x from u itself. Along a path x0 = x - t v: the velocity has the
    factor t."""
    return (u - x) / (1 - t)


@exercise.mistake(hint="formula")
def divided_by_t(u, x, t):
    """You divide by t. The noise in x_t has the deviation 1 - t."""
    return (t * u - x) / max(t, 1e-9)


@exercise.mistake(hint="idea")
def data_returned(u, x, t):
    """You return E[x1 | x_t], the denoised point. The score points along the mean
    noise, -E[x0 | x_t] / (1 - t)."""
    return x + (1 - t) * u


@exercise.mistake(hint="idea")
def score_of_the_noise(u, x, t):
    """You return -x, the score of pure noise. It belongs to t = 0 alone; the velocity
    tells how the data change it."""
    return -x + 0 * u


@exercise.mistake(hint="idea")
def velocity_is_no_score(u, x, t):
    """You divide the velocity by 1 - t and leave x out. The score is made of the mean
    noise, which is x - t u."""
    return u / (1 - t)


@exercise.mistake(hint="formula")
def plus_x(u, x, t):
    """You add x. From x0 = x - t v the mean noise is x - t u, and the score is minus
    this: (t u - x) / (1 - t)."""
    return (t * u + x) / (1 - t)


@exercise.mistake(hint="formula")
def times_exchanged(u, x, t):
    """You exchange t and 1 - t, as if data were at t = 0. Here noise is at t = 0, and
    its deviation at time t is 1 - t."""
    return ((1 - t) * u - x) / max(t, 1e-9)
