"""How good a set of shapes is, by distances between sets of points, and by counting.

The distance of two shapes is the squared Chamfer distance in both directions,

    CD(X, Y) = 1/|X| sum_x min_y |x - y|^2 + 1/|Y| sum_y min_x |x - y|^2,

(16.23). Coverage and minimum matching distance (MMD) are those of Achlioptas and others
(2018), the accuracy of the nearest neighbour (1-NNA) that of Lopez-Paz and Oquab (2017)
as Yang and others (2019) use it for shapes.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import label
from torch import Tensor

from aigc_course.apps.shapes.families import FLOOR
from aigc_course.apps.shapes.grids import BAND, STEP, whole
from aigc_course.apps.shapes.mesh import Mesh, from_field, surface

POINTS = 256  # of each shape
TOUCHING = np.ones((3, 3))  # pixels of a slice that meet at a corner are one piece


def clouds(meshes: list[Mesh], seed: int, points: int = POINTS) -> Tensor:
    """Points [N, points, 3] on the surfaces of N meshes."""
    drawn = [surface(one, points, seed + i) for i, one in enumerate(meshes)]
    return torch.from_numpy(np.stack(drawn))


def chamfer(a: Tensor, b: Tensor) -> Tensor:
    """Squared Chamfer distances [N, M] of sets of points [N, P, 3] and [M, Q, 3]."""
    # |x - y|^2 = (x, |x|^2, 1) . (-2 y, 1, |y|^2): one product gives all pairs
    one_a, one_b = a.new_ones(*a.shape[:2], 1), b.new_ones(*b.shape[:2], 1)
    left = torch.cat([a, a.square().sum(-1, keepdim=True), one_a], -1)
    right = torch.cat([-2 * b, one_b, b.square().sum(-1, keepdim=True)], -1).mT
    found = a.new_zeros(len(a), len(b))
    for i, x in enumerate(left):
        start = i if a is b else 0  # within one set half of the pairs are enough
        gaps = torch.matmul(x, right[start:])  # [M, P, Q]
        found[i, start:] = gaps.amin(2).mean(1) + gaps.amin(1).mean(1)
    if a is b:
        found = found.triu() + found.triu(1).mT
    return found.clamp(min=0)


def mmd(gaps: Tensor) -> float:
    """Mean over the real shapes of the distance to the nearest generated one.

    gaps: [generated, real].
    """
    return float(gaps.amin(0).mean())


def coverage(gaps: Tensor) -> float:
    """The share of real shapes that are the nearest one of some generated shape."""
    return len(gaps.argmin(1).unique()) / gaps.shape[1]


def nearest_accuracy(among: Tensor, between: Tensor, real: Tensor) -> float:
    """1-NNA: how often the nearest other shape is of the same set.

    among: [N, N] of the generated, between: [N, M], real: [M, M]. 0.5 where the sets
    cannot be told apart, 1 where they are apart, below 0.5 where one copies the other.
    """
    every = torch.cat(
        [torch.cat([among, between], 1), torch.cat([between.mT, real], 1)]
    )
    every = every.clone().fill_diagonal_(torch.inf)
    made = torch.arange(len(every)) < len(among)
    return float((made[every.argmin(1)] == made).double().mean())


def legs(half: Tensor) -> int:
    """How many legs a half field [12, 24, 24] stands on; 0 where heights disagree.

    The seat or top is the level with the largest section, which has to be one piece.
    Between it and the floor the connected pieces of three sections are counted.
    """
    inside = (whole(half) < 0).numpy()
    sizes = inside.sum((0, 1))
    seat, foot = int(sizes.argmax()), round((FLOOR + 1) / STEP) + 1
    if label(inside[:, :, seat], TOUCHING)[1] != 1:
        return 0
    levels = {round(foot + share * (seat - foot)) for share in (0.2, 0.45, 0.7)}
    counts = {int(label(inside[:, :, k], TOUCHING)[1]) for k in levels if k < seat}
    return counts.pop() if len(counts) == 1 else 0


def pieces(half: Tensor) -> int:
    """In how many pieces a shape comes apart, of a half field [12, 24, 24]."""
    return int(label((whole(half) < 0).numpy(), np.ones((3, 3, 3)))[1])


@dataclass(frozen=True)
class Figures:
    """Of a set of generated shapes beside as many real ones.

    accuracy: 1-NNA. near: the median distance of the fields to the nearest training
    field, as a multiple of what it is for the real ones; 0 for copies.
    """

    accuracy: float
    coverage: float
    mmd: float
    near: float


class Judge:
    """Real shapes of one family that others are compared with."""

    def __init__(self, test: Tensor, train: Tensor) -> None:
        """Half fields: test [M, 12, 24, 24], and all the training ones."""
        self.train = train.flatten(1)
        self.test = clouds(meshes(test)[0], 0)
        self.own = chamfer(self.test, self.test)
        self.usual = self.nearest(test)

    def nearest(self, fields: Tensor) -> float:
        """The median distance of half fields to the nearest training field."""
        flat = fields.flatten(1).clamp(-BAND, BAND)
        return float(torch.cdist(flat, self.train).amin(1).median())

    def __call__(self, fields: Tensor) -> Figures:
        """The figures of generated half fields; those without an inside are left out.

        Each set has its own points, also where it holds the same shapes.
        """
        points = clouds(meshes(fields)[0], len(self.test))
        between = chamfer(points, self.test)
        accuracy = nearest_accuracy(chamfer(points, points), between, self.own)
        near = self.nearest(fields) / self.usual
        return Figures(accuracy, coverage(between), mmd(between), near)


def meshes(fields: Tensor) -> tuple[list[Mesh], NDArray[np.intp]]:
    """Meshes of half fields [N, 12, 24, 24], and which fields gave one."""
    good = np.flatnonzero((fields.flatten(1).amin(1) < 0).numpy())
    return [from_field(fields[i]) for i in good], good


@dataclass(frozen=True)
class Shares:
    """Shares of half fields: on four legs, in one piece, with one hole, closed.

    holes: of the shapes in one piece. watertight: of the fields that have an inside.
    """

    legs: float
    pieces: float
    holes: float
    watertight: float


def shares(fields: Tensor) -> Shares:
    """Count half fields [N, 12, 24, 24]; those without an inside count as bad."""
    made, good = meshes(fields)
    whole_ones = [pieces(fields[i]) == 1 for i in good]
    one_hole = [m.euler == 0 for m, one in zip(made, whole_ones, strict=True) if one]
    n = len(fields)
    return Shares(
        sum(legs(one) == 4 for one in fields) / n,
        sum(whole_ones) / n,
        sum(one_hole) / max(len(one_hole), 1),
        sum(one.watertight for one in made) / max(len(made), 1),
    )
