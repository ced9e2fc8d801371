"""Small changes of pictures that need no data: turned, moved, contrasted."""

import math

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

TURN = math.radians(8)
STRETCH, SHIFT = 0.08, 1.0  # relative, and pixels
STEEPEST, MIDDLE = 2.0, 0.3  # contrast from 1 to this, around this grey of 0 to 1


def varied(images: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Pictures [N, 1, S, S] in [-1, 1], each changed a little and at random.

    Turned by up to 8 degrees, stretched by up to 8 % along each axis, moved by up to a
    pixel, and contrasted up to twice. The ranges were chosen by what a digit survives.
    A generator adds them to its samples; they cost no privacy.
    """
    chance = 2 * torch.rand(6, len(images), generator=generator) - 1  # in [-1, 1]
    turn, wide, high = (
        TURN * chance[0],
        1 + STRETCH * chance[1],
        1 + STRETCH * chance[2],
    )
    moved = chance[3:5] * SHIFT * 2 / images.shape[-1]
    rows = [
        torch.stack([turn.cos() * wide, -turn.sin() * high, moved[0]], 1),
        torch.stack([turn.sin() * wide, turn.cos() * high, moved[1]], 1),
    ]
    grid = affine_grid(torch.stack(rows, 1), list(images.shape), align_corners=False)
    ink = grid_sample(images + 1, grid, align_corners=False) / 2  # outside is empty
    slope = (1 + (STEEPEST - 1) * (chance[5] + 1) / 2).view(-1, 1, 1, 1)
    return 2 * ((ink - MIDDLE) * slope + MIDDLE).clamp(0, 1) - 1
