"""Exercises on style as statistics: Gram matrices, and mean and spread."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

products = Exercise(
    "15.gram",
    title="Which features go together",
    difficulty=2,
    minutes=10,
    idea="Multiply two channels place by place and average over places. Where something"
    " happened is gone, what happened together is left.",
    formula="G_ij = (1 / hw) sum over places p of F_ip F_jp.",
    line="`flat = F.flatten(2)` and `return flat @ flat.transpose(1, 2) /"
    " flat.shape[2]`.",
    variation="Multiply each feature with the one a place to the right. Say what such a"
    " statistic sees of a slanted stroke that G does not.",
)


@products.answer
def gram(F: Tensor) -> Tensor:
    """G [N, C, C] of features F [N, C, h, w]: Gatys et al. 2016, eq. 3, per place."""
    flat = F.flatten(2)  # [N, C, hw]
    return flat @ flat.transpose(1, 2) / flat.shape[2]


@products.also_right
def by_einsum(F: Tensor) -> Tensor:
    return torch.einsum("nihw,njhw->nij", F, F) / (F.shape[2] * F.shape[3])


@products.also_right
def by_broadcasting(F: Tensor) -> Tensor:
    return (F[:, :, None] * F[:, None]).mean((3, 4))


@products.inputs
def some_features() -> list[Tensor]:
    return [torch.randn(2, 3, 4, 5), torch.rand(1, 5, 3, 3), torch.randn(3, 2, 2, 6)]


@products.must_hold
def places_do_not_count(f) -> bool:
    """Whatever the places are exchanged for, the matrix stays the same."""
    F = torch.randn(2, 3, 4, 4)
    moved = F.flatten(2)[..., torch.randperm(16)].view_as(F)
    return same(f(F), f(moved))


@products.must_hold
def twice_as_strong(f) -> bool:
    """Features twice as strong give a matrix four times as large."""
    F = torch.randn(1, 4, 3, 3)
    return same(f(2 * F), 4 * f(F))


@products.mistake(hint="formula")
def a_sum(F: Tensor) -> Tensor:
    """You sum over places. Divide by their number, or a larger picture has more
    style."""
    flat = F.flatten(2)
    return flat @ flat.transpose(1, 2)


@products.mistake(hint="idea")
def places_by_places(F: Tensor) -> Tensor:
    """You multiply places with one another and sum over channels. That says what is
    where, the very thing that style should forget: sum over places."""
    flat = F.flatten(2)
    return flat.transpose(1, 2) @ flat / flat.shape[2]


@products.mistake(hint="formula")
def centred(F: Tensor) -> Tensor:
    """That is the covariance: you took off the means. Gatys et al. leave them in; how
    often a feature occurs at all is style, too."""
    flat = F.flatten(2)
    flat = flat - flat.mean(2, keepdim=True)
    return flat @ flat.transpose(1, 2) / flat.shape[2]


@products.mistake(hint="line")
def pictures_mixed(F: Tensor) -> Tensor:
    """You average over the pictures too. Each has a matrix of its own: [N, C, C]."""
    flat = F.flatten(2)
    G = flat @ flat.transpose(1, 2) / flat.shape[2]
    return G.mean(0, keepdim=True).expand_as(G)


dressed = Exercise(
    "15.adain",
    title="Another's mean and spread",
    difficulty=2,
    minutes=10,
    idea="Take off the content's own mean and spread, channel by channel, and put on"
    " those of the style. The pattern stays, its strength changes.",
    formula="AdaIN(x, y) = sigma(y) (x - mu(x)) / sigma(x) + mu(y), each over places.",
    line="With `var, mean = torch.var_mean(F, (2, 3), correction=0, keepdim=True)` and"
    " `std = (var + 1e-6).sqrt()` of both: `S_std * (F - F_mean) / F_std + S_mean`.",
    variation="Mix x and AdaIN(x, y) with a weight from 0 to 1: a dial for style that"
    " needs no training.",
    tolerance=1e-3,
)

PLACES = (2, 3)


def statistics(F: Tensor, dims: tuple[int, ...] = PLACES) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation over `dims`, which are kept with length 1."""
    var, mean = torch.var_mean(F, dims, correction=0, keepdim=True)
    return mean, (var + 1e-6).sqrt()


@dressed.answer
def adain(x: Tensor, y: Tensor) -> Tensor:
    """x [N, C, h, w] with each channel's mean and spread from y [N, C, h', w'].

    Huang & Belongie 2017, equation 8. 1e-6 is added to variances.
    """

    def moments(F: Tensor) -> tuple[Tensor, Tensor]:
        var, mean = torch.var_mean(F, (2, 3), correction=0, keepdim=True)
        return mean, (var + 1e-6).sqrt()

    (mean, spread), (wanted_mean, wanted_spread) = moments(x), moments(y)
    return wanted_spread * (x - mean) / spread + wanted_mean


@dressed.also_right
def by_instance_norm(x: Tensor, y: Tensor) -> Tensor:
    mean, spread = statistics(y)
    return torch.nn.functional.instance_norm(x, eps=1e-6) * spread + mean


@dressed.also_right
def by_flat_rows(x: Tensor, y: Tensor) -> Tensor:
    rows, wanted = x.flatten(2), y.flatten(2)
    rows = rows - rows.mean(2, keepdim=True)
    rows = rows / (rows.square().mean(2, keepdim=True) + 1e-6).sqrt()
    mean = wanted.mean(2, keepdim=True)
    spread = ((wanted - mean).square().mean(2, keepdim=True) + 1e-6).sqrt()
    return (rows * spread + mean).view_as(x)


@dressed.inputs
def contents_and_styles() -> list[tuple[Tensor, Tensor]]:
    scale = torch.tensor([0.5, 2.0, 4.0])[:, None, None]
    x, y = torch.randn(2, 3, 4, 4), scale * torch.randn(2, 3, 5, 5) + 1 / scale
    return [(x, y), (y, x), (3 * torch.rand(1, 2, 3, 6), torch.randn(1, 2, 2, 2))]


@dressed.must_hold
def means_arrive(f) -> bool:
    """Every channel has the style's mean afterwards."""
    x, y = contents_and_styles()[0]
    return same(f(x, y).mean((2, 3)), y.mean((2, 3)), 1e-3)


@dressed.must_hold
def nothing_to_change(f) -> bool:
    """A picture in its own style stays as it is."""
    x, _ = contents_and_styles()[0]
    return same(f(x, x), x, 1e-3)


@dressed.mistake(hint="idea")
def only_the_mean(x: Tensor, y: Tensor) -> Tensor:
    """You move the means and leave the spreads. How strongly a feature varies is half
    of the style."""
    return x - statistics(x)[0] + statistics(y)[0]


@dressed.mistake(hint="formula")
def own_spread_left(x: Tensor, y: Tensor) -> Tensor:
    """You multiply by the style's spread without dividing by the content's own: both
    spreads then act at once."""
    mean, spread = statistics(y)
    return spread * (x - statistics(x)[0]) + mean


@dressed.mistake(hint="formula")
def roles_exchanged(x: Tensor, y: Tensor) -> Tensor:
    """You have the roles the wrong way round: x gives the pattern, y the mean and
    spread."""
    return adain(y, x)


@dressed.mistake(hint="line")
def over_the_batch(x: Tensor, y: Tensor) -> Tensor:
    """You take statistics over the batch as well: batch normalisation. Style is each
    picture's own, so average over places only."""
    (mean, spread), (own, by) = statistics(x, (0, 2, 3)), statistics(y, (0, 2, 3))
    return by * (x - mean) / spread + own


@dressed.mistake(hint="line")
def over_the_channels(x: Tensor, y: Tensor) -> Tensor:
    """You take statistics over the channels as well: layer normalisation. Each channel
    is a feature of its own, with its own mean and spread."""
    (mean, spread), (own, by) = statistics(x, (1, 2, 3)), statistics(y, (1, 2, 3))
    return by * (x - mean) / spread + own
