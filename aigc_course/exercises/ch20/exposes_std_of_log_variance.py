"""Exercise on a statistical test of a random draw."""

from collections.abc import Callable

import torch
from torch import Tensor

from aigc_course.clinic.exercise import test_exercise

Draw = Callable[[Tensor, Tensor], Tensor]


def moved(mean: Tensor, log_variance: Tensor) -> Tensor:
    """A version to tell answers apart: its mean is wrong."""
    return mean + 1 + torch.exp(log_variance / 2) * torch.randn_like(mean)


def narrow(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Another one: half of the deviation."""
    return mean + 0.5 * torch.exp(log_variance / 2) * torch.randn_like(mean)


def not_random(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Another one: the same noise each time."""
    source = torch.Generator().manual_seed(0)
    return mean + torch.exp(log_variance) * torch.randn(mean.shape, generator=source)


def turned(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Another one: a larger log-variance makes it narrower."""
    return mean + torch.exp(-log_variance) * torch.randn_like(mean)


exercise = test_exercise(
    "20.exposes_std_of_log_variance",
    patient="c_std_of_log_variance",
    probes=(moved, narrow, not_random, turned),
    order=220,
    title="Is this the spread that was asked for?",
    difficulty=3,
    minutes=15,
    idea="Draw many latents for one mean and one log-variance, and measure their"
    " standard deviation. Choose a log-variance for which a wrong spread is far from"
    " the right one.",
    formula="For log_variance = -2 the deviation is exp(-1) = 0.368. With n draws its"
    " standard error is 0.368 / √(2n). For log_variance = 0 the right spread and the"
    " wrong one are both 1.",
    line="Write `spread = draw(torch.zeros(4000, 1), torch.full((4000, 1),"
    " -2.0)).std()`, then `assert abs(float(spread) / 0.3679 - 1) < 0.1`, then `return"
    " None`.",
    variation="Write it without a tolerance: with the same seed, two log-variances give"
    " noise in a known ratio.",
)


@exercise.answer
def exposes_std_of_log_variance(draw: Draw) -> None:
    """Raise AssertionError if the latents do not have the deviation asked for.

    draw: called with mean and log_variance, [n, d]; returns latents [n, d].
    """
    log_variance = torch.full((4000, 1), -2.0)
    spread = float(draw(torch.zeros(4000, 1), log_variance).std())
    # the standard error of the ratio is 1 / sqrt(2 n) = 0.011
    assert abs(spread / 0.3679 - 1) < 0.1, f"the deviation is {spread:.3f}"


def _spread(draw: Draw, log_variance: float, n: int = 4000) -> float:
    return float(draw(torch.zeros(n, 1), torch.full((n, 1), log_variance)).std())


@exercise.mistake(hint="formula")
def unit_variance(draw: Draw) -> None:
    """You use a log-variance of 0. There the variance, the deviation and twice the
    deviation's logarithm all lead to a spread of 1: use another value."""
    assert abs(_spread(draw, 0.0) - 1) < 0.1


@exercise.mistake(hint="idea")
def mean_of_the_latents(draw: Draw) -> None:
    """You look at the mean of the latents. It is right in the sick code too: look at
    their spread."""
    z = draw(torch.full((4000, 1), 2.0), torch.full((4000, 1), -2.0))
    assert abs(float(z.mean()) - 2) < 0.1


@exercise.mistake(hint="formula")
def too_few_draws(draw: Draw) -> None:
    """You draw too few latents for so narrow a limit, so you accuse healthy code by
    chance. The standard error of a deviation is about σ / √(2n)."""
    assert abs(_spread(draw, -2.0, 100) / 0.3679 - 1) < 0.1


@exercise.mistake(hint="formula")
def variance_demanded(draw: Draw) -> None:
    """You demand that the deviation is exp(log_variance). That is the variance: you
    accuse every healthy draw."""
    assert abs(_spread(draw, -2.0) / 0.1353 - 1) < 0.1


@exercise.mistake(hint="idea")
def more_is_wider(draw: Draw) -> None:
    """Your test asks whether a larger log-variance gives a larger spread. It does in
    the sick code too: ask how large the spread is."""
    assert _spread(draw, 1.0) > _spread(draw, -1.0)


@exercise.mistake(hint="idea")
def draws_differ(draw: Draw) -> None:
    """Your test asks whether two draws differ. They do in the sick code too: look at
    their spread."""
    a, b = (draw(torch.zeros(4, 1), torch.zeros(4, 1) - 2) for _ in range(2))
    assert not torch.equal(a, b)
