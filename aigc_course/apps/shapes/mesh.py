"""Triangles from a field: marching cubes, and what can be counted on a mesh."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from skimage.measure import marching_cubes
from torch import Tensor

from aigc_course.apps.shapes.grids import BAND, whole
from aigc_course.errors import CourseError

LEAST = 1e-3 * BAND  # no node lies nearer to the surface: corners would fall together
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Mesh:
    """Corners [V, 3] and triangles [F, 3], counter-clockwise seen from outside."""

    corners: Floats
    triangles: NDArray[np.int32]

    @property
    def places(self) -> Floats:
        """The corners of each triangle, [F, 3, 3]."""
        return self.corners[self.triangles]

    @property
    def edges(self) -> NDArray[np.int32]:
        """Each triangle's three edges with their direction, [3 F, 2]."""
        return self.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)

    @property
    def watertight(self) -> bool:
        """Whether each edge is walked exactly once in each of its two directions."""
        a, b = self.edges.astype(np.int64).T
        there, back = a * len(self.corners) + b, b * len(self.corners) + a
        once = len(np.unique(there)) == len(there)
        return once and np.array_equal(np.sort(there), np.sort(back))

    @property
    def volume(self) -> float:
        """The enclosed volume: a sum of signed tetrahedra, a . (b x c) / 6."""
        a, b, c = self.places.astype(np.float64).transpose(1, 0, 2)
        return float((a * np.cross(b, c)).sum() / 6)

    @property
    def euler(self) -> int:
        """Corners - edges + triangles: 2 (pieces - holes) for a closed surface."""
        edges = len(self.edges) // 2
        return len(np.unique(self.triangles)) - edges + len(self.triangles)


def from_field(half: Tensor) -> Mesh:
    """The surface, distance 0, of a half field [12, 24, 24] of any resolution.

    A layer of outside is put around the grid, so the surface is closed. Raises
    CourseError where nothing lies inside.
    """
    field = whole(half).numpy().astype(np.float32)
    near = np.abs(field) < LEAST
    field[near] = np.where(field[near] < 0, -LEAST, LEAST)
    if field.min() > 0:
        raise CourseError("This field has no inside, so there is no surface to mesh.")
    step = 2 / (field.shape[0] - 1)
    corners, triangles, _, _ = marching_cubes(
        np.pad(field, 1, constant_values=BAND), 0.0, gradient_direction="descent"
    )
    return Mesh(((corners - 1) * step - 1).astype(np.float32), triangles)


def surface(mesh: Mesh, n: int, seed: int) -> Floats:
    """n points [n, 3] spread evenly over the surface.

    Triangles are chosen by their share of the area, at even steps from a random start.
    """
    random = np.random.default_rng(seed)
    a, b, c = mesh.places.transpose(1, 0, 2)
    areas = np.linalg.norm(np.cross(b - a, c - a), axis=1).astype(np.float64)
    order = random.permutation(len(areas))
    steps = (np.arange(n) + random.random()) / n * areas.sum()
    found = np.searchsorted(np.cumsum(areas[order]), steps)
    rows = order[found.clip(max=len(order) - 1)]
    u, v = random.random((2, n, 1), dtype=np.float32)
    # a point of the parallelogram, folded back into the triangle
    folded = u + v > 1
    u, v = np.where(folded, 1 - u, u), np.where(folded, 1 - v, v)
    a, b, c = a[rows], b[rows], c[rows]
    return np.asarray(a + u * (b - a) + v * (c - a), np.float32)
