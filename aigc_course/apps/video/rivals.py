"""Prediction without a network: what a model of video has to beat."""

import torch
from torch import Tensor

from aigc_course.apps.video.measure import centroid
from aigc_course.apps.video.model import draw
from aigc_course.apps.video.scenes import fold

READ = 4  # frames from which the velocity is read


def copy_last(frames: Tensor, future: int) -> Tensor:
    """The last frame again and again: [n, T, 32, 32] -> [n, future, 32, 32]."""
    return frames[:, -1:].expand(-1, future, -1, -1)


def velocity(places: Tensor) -> Tensor:
    """Pixels a frame, [n, 2], through the last places [n, T, 2] by least squares."""
    last = places[:, -READ:]
    t = torch.arange(READ, dtype=places.dtype) - (READ - 1) / 2
    return (last * t.view(1, -1, 1)).sum(1) / (t**2).sum()


def straight_on(frames: Tensor, future: int, *, walls: bool = False) -> Tensor:
    """The last frame moved on with constant velocity, [n, future, 32, 32].

    walls: mirror the way at the walls, as the films do. The velocity is read from the
    last centroids, and is wrong if a bounce lies between them.
    """
    places = centroid(frames)
    at = places[:, -1]
    steps = torch.arange(1, future + 1).view(1, -1, 1)
    way = at[:, None] + velocity(places)[:, None] * steps
    way = fold(way) if walls else way
    return draw(frames[:, -1], at, way)


def fitted(frames: Tensor, future: int) -> Tensor:
    """The last frame moved on by the physics that fits the centroids best.

    Along each axis three numbers are searched on a grid, the walls being known: start,
    velocity, and how far the centroid is from the digit's middle, at which it bounces.
    The best have the least squared distance from all centroids seen, and a little for
    the third number, which shows in bounces only. This rival is told the whole law.
    """
    places, seen = centroid(frames), frames.shape[1]
    t, ahead = torch.arange(seen), torch.arange(seen, seen + future)
    grids = (torch.arange(-1.9, 1.9, 0.02), *[torch.arange(-0.6, 0.61, 0.1)] * 2)
    speed, start, middle = (g.flatten() for g in torch.meshgrid(*grids, indexing="ij"))
    found = torch.zeros(len(frames), future, 2)
    for i, axis in [(i, axis) for i in range(len(frames)) for axis in (0, 1)]:
        way = places[i, :, axis]
        begin = way[0] + start - middle
        tried = fold(begin[:, None] + speed[:, None] * t) + middle[:, None]
        off = (tried - way).square().sum(1) + 0.02 * middle**2
        k = int(off.argmin())
        found[i, :, axis] = fold(begin[k] + speed[k] * ahead) + middle[k]
    return draw(frames[:, -1], places[:, -1], found)
