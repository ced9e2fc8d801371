"""Exercise on a map of the latent plane that gives every place its due."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "08.latent_grid",
    order=100,
    title="Equal shares of the prior",
    difficulty=2,
    minutes=10,
    idea="Cut the prior into `side` slices of equal probability along each axis, and"
    " take the middle of each: the quantiles of the normal at (i + 1/2) / side.",
    formula="z = Phi^-1(u), u = (i + 1/2) / side; `torch.special.ndtri` is Phi^-1. The"
    " first coordinate changes fastest.",
    line="Take `q = torch.special.ndtri((torch.arange(side) + 0.5) / side)` and return"
    " `torch.stack([q.repeat(side), q.repeat_interleave(side)], dim=1)`.",
    variation="Take evenly spaced places from -3 to 3 instead, and say which share of"
    " that map shows digits that the prior hardly ever draws.",
    asks="method",
)


@exercise.answer
def latent_grid(side: int) -> Tensor:
    """Places [side * side, 2], row by row from below, equally likely under N(0, I).

    Kingma and Welling 2014, appendix A.
    """
    q = torch.special.ndtri((torch.arange(side) + 0.5) / side)  # [side]
    return torch.stack([q.repeat(side), q.repeat_interleave(side)], dim=1)


@exercise.inputs
def sides() -> list[tuple[int]]:
    return [(4,), (7,)]


@exercise.must_hold
def not_evenly_spaced(f) -> bool | str:
    """The places lie closer together in the middle, where the prior is dense."""
    gaps = f(9)[:9, 0].diff()
    if bool((gaps > 0).all()) and same(gaps, gaps.mean().expand(8), 1e-3):
        return (
            "The places lie closer together in the middle; yours are evenly spaced."
            " Space the probabilities evenly, and take their quantiles."
        )
    return True


@exercise.must_hold
def middle(f) -> bool:
    """A map of one place shows the middle of the prior."""
    return same(f(1), torch.zeros(1, 2))


@exercise.must_hold
def from_below(f) -> bool:
    """The first row lies below, and runs from left to right."""
    z = f(5)
    row = z[:5]
    return bool((row[1:, 0] > row[:-1, 0]).all() and (row[:, 1] < -1).all())


@exercise.must_hold
def equal_shares(f) -> bool:
    """As many draws of the prior fall between two neighbours as between any two
    others."""
    q = f(9)[:9, 0]
    shares = torch.special.ndtr(q).diff()
    return same(shares, torch.full((8,), 1 / 9), tolerance=1e-3)


@exercise.mistake(hint="idea")
def evenly_spaced(side: int) -> Tensor:
    """Your places are evenly spaced, so most of the map shows the rim, which the prior
    hardly ever draws. Space the probabilities evenly, and take their quantiles."""
    q = torch.linspace(-3, 3, side)
    return torch.stack([q.repeat(side), q.repeat_interleave(side)], dim=1)


@exercise.mistake(hint="formula")
def to_the_end(side: int) -> Tensor:
    """Your probabilities run from 0 to 1, and the quantiles there are infinite. Take
    the middles of the slices, (i + 1/2) / side."""
    q = torch.special.ndtri(torch.linspace(0, 1, side))
    return torch.stack([q.repeat(side), q.repeat_interleave(side)], dim=1)


@exercise.mistake(hint="formula")
def edges(side: int) -> Tensor:
    """Your probabilities are i / side, the left edges of the slices: the first is 0,
    whose quantile is minus infinity. Take the middles, (i + 1/2) / side."""
    q = torch.special.ndtri(torch.arange(side) / side)
    return torch.stack([q.repeat(side), q.repeat_interleave(side)], dim=1)


@exercise.mistake(hint="formula")
def probabilities(side: int) -> Tensor:
    """You return the probabilities themselves, between 0 and 1: one corner of the
    plane. Map them to latents with the quantile function `torch.special.ndtri`."""
    u = (torch.arange(side) + 0.5) / side
    return torch.stack([u.repeat(side), u.repeat_interleave(side)], dim=1)


@exercise.mistake(hint="line")
def axes_swapped(side: int) -> Tensor:
    """Your second coordinate changes fastest, so the map would be drawn on its side.
    `torch.cartesian_prod` does that; repeat the first coordinate row after row."""
    return latent_grid(side).flip(1)


@exercise.mistake(hint="line")
def from_above(side: int) -> Tensor:
    """You start with the upper row. `plots.latent_maps` takes rows from below, as axes
    count."""
    return latent_grid(side) * torch.tensor([1.0, -1.0])


@exercise.mistake(hint="formula")
def ends_cut_off(side: int) -> Tensor:
    """Your probabilities run from 0.05 to 0.95, which leaves out a tenth of the prior
    along each axis, whatever `side` is. Take the middles of the slices,
    (i + 1/2) / side."""
    q = torch.special.ndtri(torch.linspace(0.05, 0.95, side))
    return torch.stack([q.repeat(side), q.repeat_interleave(side)], dim=1)


@exercise.mistake(hint="formula")
def one_more_slice(side: int) -> Tensor:
    """Your probabilities are (i + 1) / (side + 1), the borders of side + 1 slices. Cut
    the prior into `side` slices, and take the middle of each: (i + 1/2) / side."""
    q = torch.special.ndtri(torch.arange(1, side + 1) / (side + 1))
    return torch.stack([q.repeat(side), q.repeat_interleave(side)], dim=1)


@exercise.mistake(hint="idea", draws=True)
def at_random(side: int) -> Tensor:
    """You draw the places at random. A map needs rows and columns: the quantiles at
    (i + 1/2) / side along each axis, and all pairs of them."""
    return torch.randn(side * side, 2)


@exercise.mistake(hint="formula")
def not_inverted(side: int) -> Tensor:
    """You apply the distribution function, `torch.special.ndtr`, whose values lie
    between 0 and 1. Its inverse `ndtri` takes probabilities to places."""
    q = torch.special.ndtr(torch.linspace(-3, 3, side))
    return torch.stack([q.repeat(side), q.repeat_interleave(side)], dim=1)
