"""Pictures of digits as few numbers, by rules that no data were needed for.

Each picture is straightened by its own slant and read in smooth waves. Nothing here
looks at a second picture, so that it comes before any noise and costs no privacy.
"""

import math
from functools import cache

import torch
from torch import Tensor

SIDE = 28
WAVES = 16  # cosines with u + v up to this: 153 of 784
SLANT = 3.0  # how much a slant counts beside the waves
STEEPEST = 1.0


def read(pixels: Tensor) -> Tensor:
    """Pixels [N, 28, 28] in [0, 1] to coordinates, float64 [N, 154].

    The last one is the slant, SLANT times; the others are the cosine transform of the
    straightened picture.
    """
    slant, middle = slants(pixels)
    straight = sheared(pixels, slant, middle)
    waves = straight.flatten(1) @ cosines().T  # [N, 153]
    return torch.cat([waves, SLANT * slant[:, None]], 1).double()


def draw(coordinates: Tensor) -> Tensor:
    """Coordinates [N, 154] to pixels [N, 28, 28] in [0, 1]: the other way round."""
    found = coordinates.float()
    pixels = (found[:, :-1] @ cosines()).view(-1, SIDE, SIDE).clamp(0, 1)
    slant = (found[:, -1] / SLANT).clamp(-STEEPEST, STEEPEST)
    return sheared(pixels, -slant, torch.zeros(len(found)))


def slants(pixels: Tensor) -> tuple[Tensor, Tensor]:
    """How much each picture leans, and the height of its centre, [N] each.

    slant = Cov(x, y) / Var(y) over the ink: columns to the right for each row further
    down (LeCun et al. 1998 deslant digits so). An empty picture has 0.
    """
    grid = torch.arange(SIDE).to(pixels) - (SIDE - 1) / 2
    ink = pixels.sum((1, 2)).clamp(min=1e-6)
    x, y = pixels.sum(1) @ grid / ink, pixels.sum(2) @ grid / ink
    xy = torch.einsum("nyx,y,x->n", pixels, grid, grid) / ink - x * y
    yy = pixels.sum(2) @ grid**2 / ink - y**2
    slant = xy / yy.clamp(min=1e-6)
    return slant.clamp(-STEEPEST, STEEPEST), y


def sheared(pixels: Tensor, slant: Tensor, middle: Tensor) -> Tensor:
    """Each row moved to the left by slant times its distance from the middle row.

    Between two pixels the value is linear; outside the picture it is 0.
    """
    grid = torch.arange(SIDE).to(pixels)
    rows = grid - (SIDE - 1) / 2 - middle[:, None]  # [N, 28]
    place = grid + (slant[:, None] * rows)[:, :, None]  # [N, 28, 28]
    left = place.floor()
    share = place - left
    return _at(pixels, left.long()) * (1 - share) + _at(pixels, left.long() + 1) * share


def _at(pixels: Tensor, column: Tensor) -> Tensor:
    inside = (column >= 0) & (column < SIDE)
    return pixels.gather(2, column.clamp(0, SIDE - 1)) * inside


@cache
def cosines() -> Tensor:
    """The smooth waves, orthonormal rows [153, 784]: the type II cosine transform."""
    u, i = torch.arange(SIDE)[:, None], torch.arange(SIDE)[None]
    one = torch.cos(math.pi * (i + 0.5) * u / SIDE) * math.sqrt(2 / SIDE)
    one[0] /= math.sqrt(2)
    both = torch.einsum("ui,vj->uvij", one, one)
    return both[(u + i) <= WAVES].reshape(-1, SIDE * SIDE)


def in_bands(values: Tensor) -> Tensor:
    """Values [154] of coordinates, each replaced by the mean of waves as short as it.

    Waves with the same u + v form a band; the slant is one by itself.
    """
    u = torch.arange(SIDE)
    lengths = (u[:, None] + u)[(u[:, None] + u) <= WAVES]
    band = torch.cat([lengths, torch.tensor([WAVES + 1])])
    total = torch.zeros(WAVES + 2, dtype=values.dtype).index_add_(0, band, values)
    return (total / band.bincount())[band]
