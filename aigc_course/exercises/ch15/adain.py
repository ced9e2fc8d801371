"""Exercise on style: mean and spread of features."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "15.adain",
    order=60,
    title="Another's mean and spread",
    difficulty=2,
    minutes=10,
    idea="Take off the content's own mean and spread, channel by channel, and put on"
    " those of the style. The pattern stays, its strength changes.",
    formula="AdaIN(x, y) = sigma(y) (x - mu(x)) / sigma(x) + mu(y), each over places.",
    line="Write `vx, mx = torch.var_mean(x, (2, 3), correction=0, keepdim=True)`,"
    " the same for y as `vy, my = torch.var_mean(y, (2, 3), correction=0,"
    " keepdim=True)`, and `return ((vy + 1e-6) / (vx + 1e-6)).sqrt() * (x - mx)"
    " + my`.",
    variation="Mix x and AdaIN(x, y) with a weight from 0 to 1: a dial for style that"
    " needs no training.",
    tolerance=1e-3,
    asks="formula",
)


PLACES = (2, 3)


def statistics(F: Tensor, dims: tuple[int, ...] = PLACES) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation over `dims`, which are kept with length 1."""
    var, mean = torch.var_mean(F, dims, correction=0, keepdim=True)
    return mean, (var + 1e-6).sqrt()


@exercise.answer
def adain(x: Tensor, y: Tensor) -> Tensor:
    """x [N, C, h, w] with each channel's mean and spread from y [N, C, h', w'].

    Huang & Belongie 2017, equation 8. The spread is that over all places (divisor h w,
    `correction=0`); 1e-6 is added to variances.
    """

    def moments(F: Tensor) -> tuple[Tensor, Tensor]:
        var, mean = torch.var_mean(F, (2, 3), correction=0, keepdim=True)
        return mean, (var + 1e-6).sqrt()

    (mean, spread), (wanted_mean, wanted_spread) = moments(x), moments(y)
    return wanted_spread * (x - mean) / spread + wanted_mean


@exercise.inputs
def contents_and_styles() -> list[tuple[Tensor, Tensor]]:
    scale = torch.tensor([0.5, 2.0, 4.0])[:, None, None]
    x, y = torch.randn(2, 3, 4, 4), scale * torch.randn(2, 3, 5, 5) + 1 / scale
    return [(x, y), (y, x), (3 * torch.rand(1, 2, 3, 6), torch.randn(1, 2, 2, 2))]


@exercise.must_hold
def means_arrive(f) -> bool:
    """Every channel has the style's mean afterwards."""
    x, y = contents_and_styles()[0]
    return same(f(x, y).mean((2, 3)), y.mean((2, 3)), 1e-3)


@exercise.must_hold
def nothing_to_change(f) -> bool:
    """A picture in its own style stays as it is."""
    x, _ = contents_and_styles()[0]
    return same(f(x, x), x, 1e-3)


@exercise.mistake(hint="idea")
def only_the_mean(x: Tensor, y: Tensor) -> Tensor:
    """You move the means and leave the spreads. Scale by sigma(y) / sigma(x) as
    well."""
    return x - statistics(x)[0] + statistics(y)[0]


@exercise.mistake(hint="formula")
def own_spread_left(x: Tensor, y: Tensor) -> Tensor:
    """You multiply by the style's spread without dividing by the content's own: both
    spreads then act at once."""
    mean, spread = statistics(y)
    return spread * (x - statistics(x)[0]) + mean


@exercise.mistake(hint="formula")
def roles_exchanged(x: Tensor, y: Tensor) -> Tensor:
    """You have exchanged the roles: x gives the pattern, y the mean and the spread."""
    return adain(y, x)


@exercise.mistake(hint="line")
def over_the_batch(x: Tensor, y: Tensor) -> Tensor:
    """You take statistics over the batch as well: batch normalisation. Style is each
    picture's own, so average over places only."""
    (mean, spread), (own, by) = statistics(x, (0, 2, 3)), statistics(y, (0, 2, 3))
    return by * (x - mean) / spread + own


@exercise.mistake(hint="line")
def over_the_channels(x: Tensor, y: Tensor) -> Tensor:
    """You take statistics over the channels as well: layer normalisation. Each channel
    is a feature of its own, with its own mean and spread."""
    (mean, spread), (own, by) = statistics(x, (1, 2, 3)), statistics(y, (1, 2, 3))
    return by * (x - mean) / spread + own


@exercise.mistake(hint="formula")
def sample_spread(x: Tensor, y: Tensor) -> Tensor:
    """You divide by one place less than there are, as `std` and `var` do by default.
    The spread over all places is wanted: set `correction=0`."""
    unit = (x - x.mean(PLACES, keepdim=True)) / x.std(PLACES, keepdim=True)
    return unit * y.std(PLACES, keepdim=True) + y.mean(PLACES, keepdim=True)


@exercise.mistake(hint="formula")
def variances_for_spreads(x: Tensor, y: Tensor) -> Tensor:
    """You scale by variances. (15.9) has standard deviations: take the square root."""
    (mean, spread), (own, by) = statistics(x), statistics(y)
    return by.square() * (x - mean) / spread.square() + own


@exercise.mistake(hint="formula")
def no_mean_of_the_style(x: Tensor, y: Tensor) -> Tensor:
    """You do not add the mean of the style. (15.9) ends in + mu(y)."""
    (mean, spread), (_, by) = statistics(x), statistics(y)
    return by * (x - mean) / spread


@exercise.mistake(hint="formula")
def own_mean_back(x: Tensor, y: Tensor) -> Tensor:
    """You add the content's own mean back. (15.9) adds that of the style, mu(y)."""
    (mean, spread), (_, by) = statistics(x), statistics(y)
    return by * (x - mean) / spread + mean
