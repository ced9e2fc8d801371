"""Moving and resizing pictures as linear maps, and undoing both.

Pictures here are float [N, 28, 28] with brightness in [0, 1], 0 the background.
"""

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor
from torch.nn.functional import interpolate, pad

SIDE = 28
PIXELS = SIDE * SIDE
CROP = 24  # side of the part that the search expects
REACH = 1  # pixels by which the search moves


def moved(x: Tensor, dy: int, dx: int) -> Tensor:
    """Moved down by dy and right by dx; background comes in, the rest is lost."""
    height, width = x.shape[1:]
    y = min(abs(dy), height), min(abs(dx), width)
    framed = pad(x, (y[1], y[1], y[0], y[0]))
    top, left = y[0] - dy, y[1] - dx
    return framed[:, max(top, 0) :, max(left, 0) :][:, :height, :width]


def resized(x: Tensor, side: int) -> Tensor:
    """[N, side, side] by bicubic interpolation, without aliasing."""
    size = (side, side)
    return interpolate(
        x[:, None], size, mode="bicubic", align_corners=False, antialias=True
    )[:, 0]


def cropped(x: Tensor, side: int, top: int, left: int) -> Tensor:
    """The part side x side at (top, left), resized back to 28 x 28."""
    return resized(x[:, top : top + side, left : left + side], SIDE)


def uncropped(x: Tensor, side: int, top: int, left: int) -> Tensor:
    """What `cropped` did is undone; what was cut off stays background."""
    frame = (left, SIDE - side - left, top, SIDE - side - top)
    return pad(resized(x, side), frame)


@dataclass(frozen=True)
class Registration:
    """One guess of what happened to a picture. side 28: moved by (dy, dx); otherwise
    the part of this side at (dy, dx) was cut out and enlarged."""

    side: int
    dy: int
    dx: int

    @property
    def name(self) -> str:
        """For tables."""
        if self.side != SIDE:
            return f"crop {self.side} at ({self.dy}, {self.dx})"
        return f"shift ({self.dy}, {self.dx})" if self.dy or self.dx else "as it is"

    def undo(self, x: Tensor) -> Tensor:
        """Pictures [N, 28, 28] as they would have been before."""
        if self.side == SIDE:
            return moved(x, -self.dy, -self.dx)
        return uncropped(x, self.side, self.dy, self.dx)


@cache
def registrations() -> tuple[Registration, ...]:
    """What the search tries: nothing first, shifts by one pixel, parts 24 x 24."""
    near = range(-REACH, REACH + 1)
    moves = [(dy, dx) for dy in near for dx in near]
    moves.sort(key=lambda move: abs(move[0]) + abs(move[1]))  # (0, 0) comes first
    middle = (SIDE - CROP) // 2
    shifts = [Registration(SIDE, *move) for move in moves]
    crops = [Registration(CROP, middle + dy, middle + dx) for dy, dx in moves]
    return (*shifts, *crops)


def matrix(one: Registration) -> Tensor:
    """The linear map `undo` as a matrix [784, 784]: undo(x) = matrix @ x."""
    units = torch.eye(PIXELS).reshape(PIXELS, SIDE, SIDE)
    return one.undo(units).reshape(PIXELS, PIXELS).T
