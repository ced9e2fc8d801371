"""Exercise on moving latents until an attribute has changed by a given amount."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "10.move",
    order=70,
    title="The shortest way to a thicker stroke",
    difficulty=3,
    minutes=12,
    idea="Read the attribute from the latents by a straight line, a = b + w . z. Many"
    " moves raise the reading by the same amount; the shortest one goes along w.",
    formula="z' = z + change w / |w|^2, w from least squares with a constant term.",
    line="Take `A = torch.cat([z, torch.ones(len(z), 1)], dim=1)`, `w ="
    " torch.linalg.lstsq(A, values[:, None]).solution[:-1, 0]` and `return z + change *"
    " w / w.square().sum()`.",
    variation="Find out what has to be taken out of w to move along thickness without"
    " moving along slant.",
    asks="derive",
)


def weights(z: Tensor, values: Tensor) -> Tensor:
    """w of the least-squares fit values = b + z @ w: [d]."""
    centred, gap = z - z.mean(0), values - values.mean()
    return torch.linalg.lstsq(centred, gap[:, None]).solution[:, 0]


@exercise.answer
def move(z: Tensor, values: Tensor, change: float) -> Tensor:
    """The nearest latents whose predicted attribute is larger by `change`: [N, d].

    z [N, d] and values [N] are also what the prediction is fitted to, N > d + 1.
    """
    w = weights(z, values)
    return z + change * w / w.square().sum()


def latents(n: int, d: int) -> tuple[Tensor, Tensor]:
    """Latents off centre, correlated, and an attribute with some noise."""
    z = torch.randn(n, d) @ (torch.eye(d) + 0.3 * torch.randn(d, d)) + 1
    w = torch.linspace(0.5, 2, d)
    return z, 4 + z @ w + 0.3 * torch.randn(n)


@exercise.inputs
def some() -> list[tuple[Tensor, Tensor, float]]:
    return [(*latents(30, 3), 0.7), (*latents(40, 5), -2.0)]


@exercise.must_hold
def the_reading_changes_as_asked(f) -> bool:
    """The attribute predicted for the new latents differs by `change`."""
    z, values = latents(50, 4)
    step = (f(z, values, 1.5) - z).to(z.dtype)
    return same(step @ weights(z, values), torch.full((50,), 1.5), 1e-3)


@exercise.must_hold
def no_way_is_shorter(f) -> bool:
    """The step is as short as any that changes the reading by as much."""
    z, values = latents(50, 4)
    shortest = 1.5 / weights(z, values).norm()
    return bool(((f(z, values, 1.5) - z).norm(dim=1) <= 1.001 * shortest).all())


@exercise.mistake(hint="formula")
def not_divided(z: Tensor, values: Tensor, change: float) -> Tensor:
    """Your step is change w, and the reading changes by change |w|^2. Divide by
    |w|^2."""
    return z + change * weights(z, values)


@exercise.mistake(hint="formula")
def unit_step(z: Tensor, values: Tensor, change: float) -> Tensor:
    """Your step has the length `change`, in the right direction. The reading changes
    by |w| for each unit of length, so divide once more by |w|."""
    w = weights(z, values)
    return z + change * w / w.norm()


@exercise.mistake(hint="formula")
def without_a_constant(z: Tensor, values: Tensor, change: float) -> Tensor:
    """Your line has to pass through the origin, which bends w. Fit a constant as well,
    or subtract both means first."""
    w = torch.linalg.lstsq(z, values[:, None]).solution[:, 0]
    return z + change * w / w.square().sum()


@exercise.mistake(hint="formula")
def constant_counted(z: Tensor, values: Tensor, change: float) -> Tensor:
    """Your |w|^2 contains the constant of the line, so the step is too short. Take the
    weights of the latents alone for w."""
    columns = torch.cat([z, torch.ones(len(z), 1)], dim=1)
    w = torch.linalg.lstsq(columns, values[:, None]).solution[:, 0]
    return z + change * w[:-1] / w.square().sum()


@exercise.mistake(hint="idea")
def to_a_value(z: Tensor, values: Tensor, change: float) -> Tensor:
    """You move each latent to where the reading *is* `change`. The reading is to grow
    by `change`, so all latents take the same step."""
    w = weights(z, values)
    read = values.mean() + (z - z.mean(0)) @ w
    return z + (change - read)[:, None] * w / w.square().sum()


@exercise.mistake(hint="idea")
def between_two_groups(z: Tensor, values: Tensor, change: float) -> Tensor:
    """Your w leads from the mean of the latents with small values to the mean of those
    with large ones. That is a common direction, but not the w of the line that reads
    the attribute: fit the line by least squares."""
    large = values > values.median()
    w = z[large].mean(0) - z[~large].mean(0)
    return z + change * w / w.square().sum()


@exercise.mistake(hint="idea")
def latents_from_the_attribute(z: Tensor, values: Tensor, change: float) -> Tensor:
    """You fit the latents as functions of the attribute. The reading goes the other
    way, from latents to the attribute: a = b + w . z."""
    gap = values - values.mean()
    return z + change * ((z - z.mean(0)).T @ gap) / gap.square().sum()


@exercise.mistake(hint="idea")
def one_coordinate(z: Tensor, values: Tensor, change: float) -> Tensor:
    """You move the one latent with the largest weight. It gets there, but by a longer
    way than along w, and further away from what the decoder knows."""
    w = weights(z, values)
    step = torch.zeros_like(w)
    step[w.abs().argmax()] = change / w[w.abs().argmax()]
    return z + step


@exercise.mistake(hint="idea")
def by_covariances(z: Tensor, values: Tensor, change: float) -> Tensor:
    """You take the covariance of each latent with the attribute for w. Latents that
    vary together then count twice: solve the least-squares problem."""
    centred, gap = z - z.mean(0), values - values.mean()
    w = centred.T @ gap / len(z)
    return z + change * w / w.square().sum()
