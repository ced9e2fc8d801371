"""Fields: the signed distance at the nodes of a grid over the cube [-1, 1]^3.

A shape is its own mirror image in x, so only the half x > 0 is kept: a half field is
[N, 12, 24, 24] (x, y, z), a whole one [N, 24, 24, 24]. Distances are cut at +-BAND:
what lies farther from the surface than that does not move it.
"""

from functools import cache

import torch
from torch import Tensor

from aigc_course.apps.shapes.families import Places, distances, settings

SIDE = 24
STEP = 2 / (SIDE - 1)  # between two nodes
BAND = 0.1
HALF = (SIDE // 2, SIDE, SIDE)
CHUNK = 100  # shapes at once


@cache
def nodes(side: int = SIDE) -> Places:
    """Coordinates x, y, z of the half grid's nodes, each [side^3 / 2]."""
    axis = torch.linspace(-1, 1, side)
    x, y, z = torch.meshgrid(axis[side // 2 :], axis, axis, indexing="ij")
    return x.reshape(-1), y.reshape(-1), z.reshape(-1)


def of_settings(kind: str, asked: Tensor) -> Tensor:
    """Half fields [N, 12, 24, 24] of shapes with these settings [N, K]."""
    parts = [distances(kind, some, nodes()) for some in asked.split(CHUNK)]
    return torch.cat(parts).clamp(-BAND, BAND).reshape(-1, *HALF)


def fields(kind: str, n: int, seed: int) -> Tensor:
    """Half fields of n random shapes of a kind; CourseError as `settings` says."""
    return of_settings(kind, settings(kind, n, seed))


def whole(half: Tensor) -> Tensor:
    """Both halves: [..., 12, 24, 24] to [..., 24, 24, 24]."""
    return torch.cat([half.flip(-3), half], -3)
