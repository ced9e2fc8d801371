"""Four families of shapes with known formulas: chair, table, vase and mug.

A shape of a family is a row of numbers between 0 and 1, its settings; they are drawn
uniformly. All shapes stand on the floor z = FLOOR in the cube [-1, 1]^3, and are their
own mirror images in x: a chair's back is at +y, and so is a mug's handle.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from aigc_course import validate
from aigc_course.apps.shapes.distances import box, cylinder, handle, turned, union
from aigc_course.errors import CourseError

FLOOR = -0.88
CURVE = 9  # corners of a vase's outline

Places = tuple[Tensor, Tensor, Tensor]  # x, y, z, each [P]
Family = Callable[[Tensor, Places], Tensor]


def settings(kind: str, n: int, seed: int) -> Tensor:
    """n random shapes of a kind as settings, float32 [n, K] in [0, 1).

    Raises CourseError for an unknown kind and numbers out of range.
    """
    place = KINDS.index(known(kind))
    validate.whole(n, "The number of shapes")
    random = np.random.default_rng([seed, place])
    return torch.from_numpy(random.random((n, SETTINGS[kind]), dtype=np.float32))


def distances(kind: str, asked: Tensor, places: Places) -> Tensor:
    """Signed distances [N, P] of the shapes with these settings [N, K] at P places."""
    u = asked.to(places[0].dtype)
    return FAMILIES[known(kind)](u, places)


def known(kind: str) -> str:
    """The kind itself; CourseError where there is no such family."""
    if kind not in KINDS:
        raise CourseError(
            f"There is no kind of shape called {kind!r}; there are {', '.join(KINDS)}."
        )
    return kind


def between(u: Tensor, low: float, high: float) -> Tensor:
    """A column [N] of settings as sizes [N, 1] between low and high."""
    return (low + (high - low) * u)[:, None]


def four_legs(places: Places, at: tuple[Tensor, Tensor], thick: Tensor, top: Tensor):
    """Four square legs around (+-at[0], +-at[1]), from the floor to the height top."""
    x, y, z = places
    half = (top - FLOOR) / 2
    where = (x.abs() - at[0], y.abs() - at[1], z - FLOOR - half)
    return box(*where, (thick, thick, half))


def chair(u: Tensor, places: Places) -> Tensor:
    """Seat, four legs, and a back: a board, or two posts with a rail at the top."""
    x, y, z = places
    wide, deep = between(u[:, 0], 0.36, 0.6), between(u[:, 1], 0.36, 0.6)
    seat, flat = between(u[:, 2], -0.25, 0.1), between(u[:, 3], 0.05, 0.09)
    thick, top = between(u[:, 4], 0.065, 0.1), between(u[:, 5], 0.5, 0.9)
    board, rail = between(u[:, 6], 0.055, 0.085), between(u[:, 7], 0.1, 0.2)
    legs = four_legs((x, y, z), (wide - thick, deep - thick), thick, seat)
    sitting = box(x, y, z - seat, (wide, deep, flat))
    behind, half = y - (deep - board), (top - seat) / 2
    whole = box(x, behind, z - seat - half, (wide, board, half))
    posts = box(x.abs() - wide + thick, behind, z - seat - half, (thick, board, half))
    across = box(x, behind, z - top + rail, (wide, board, rail))
    back = torch.where(u[:, 8:9] < 0.5, whole, union(posts, across))
    return union(legs, sitting, back)


def table(u: Tensor, places: Places) -> Tensor:
    """A square or round top on four legs, or on a column with a foot."""
    x, y, z = places
    wide, deep = between(u[:, 0], 0.5, 0.88), between(u[:, 1], 0.5, 0.88)
    high, flat = between(u[:, 2], -0.3, 0.3), between(u[:, 3], 0.05, 0.09)
    thick, column = between(u[:, 4], 0.07, 0.11), between(u[:, 5], 0.08, 0.18)
    foot = between(u[:, 6], 0.3, 0.5)
    is_round, has_column = u[:, 7:8] < 0.5, u[:, 8:9] < 0.5
    square = box(x, y, z - high, (wide, deep, flat))
    top = torch.where(is_round, cylinder(x, y, z - high, wide, flat), square)
    reach = wide / 2**0.5  # the corner of a square inside the disc
    at = [torch.where(is_round, reach, side) - thick for side in (wide, deep)]
    legs = four_legs(places, (at[0], at[1]), thick, high)
    half = (high - FLOOR) / 2
    post = cylinder(x, y, z - FLOOR - half, column, half)
    plate = cylinder(x, y, z - FLOOR - 0.06, foot, 0.06)
    return union(top, torch.where(has_column, union(post, plate), legs))


def vase(u: Tensor, places: Places) -> Tensor:
    """A turned vessel, open at the top; its outline is a cubic through four radii."""
    high, wall = between(u[:, 0], 0.4, 0.9), between(u[:, 1], 0.14, 0.18)
    ranges = ((0.34, 0.55), (0.42, 0.78), (0.36, 0.62), (0.36, 0.62))
    radii = torch.cat([between(u[:, 2 + i], *one) for i, one in enumerate(ranges)], 1)
    outline = (radii @ cubic(CURVE).to(radii)).clamp(min=0.34)  # [N, CURVE]
    return vessel(outline, high, wall, places)


def mug(u: Tensor, places: Places) -> Tensor:
    """A straight or slightly conical cup with a handle at +y."""
    x, y, z = places
    high, wall = between(u[:, 0], -0.05, 0.55), between(u[:, 1], 0.13, 0.18)
    foot = between(u[:, 2], 0.38, 0.55)
    rim = (foot * between(u[:, 3], 0.95, 1.2)).clamp(max=0.58)
    cup = vessel(torch.cat([foot, rim], 1), high, wall, places)
    radius = (high - FLOOR) / 2 * between(u[:, 4], 0.42, 0.66)
    radius, thick = radius.clamp(0.22, 0.34), between(u[:, 5], 0.065, 0.095)
    middle = (FLOOR + high) / 2 + between(u[:, 6], -0.08, 0.08)
    share = (middle - FLOOR) / (high - FLOOR)
    side = foot + (rim - foot) * share - wall / 2  # the middle of the wall
    return union(cup, handle(y - side, z - middle, x, radius, thick))


def vessel(outline: Tensor, high: Tensor, wall: Tensor, places: Places) -> Tensor:
    """A turned solid with outer radii [N, K] from the floor to the height high."""
    up = torch.linspace(0, 1, outline.shape[1]).to(outline)
    h = FLOOR + (high - FLOOR) * up  # [N, K]
    zero = torch.zeros_like(wall)
    inner = torch.maximum(h, FLOOR + wall)  # the bottom is as thick as the wall
    r = torch.cat([zero, outline, (outline - wall).flip(1), zero], 1)
    h = torch.cat([zero + FLOOR, h, inner.flip(1), FLOOR + wall], 1)
    return turned(*places, r, h)


def cubic(n: int) -> Tensor:
    """The weights [4, n] of the cubic through four values, at n even places."""
    nodes, at = np.linspace(0, 1, 4), np.linspace(0, 1, n)
    powers = np.vander(at, 4) @ np.linalg.inv(np.vander(nodes, 4))
    return torch.from_numpy(powers.T.astype(np.float32))


FAMILIES: dict[str, Family] = {
    "chair": chair,
    "table": table,
    "vase": vase,
    "mug": mug,
}
KINDS = list(FAMILIES)
SETTINGS = {"chair": 9, "table": 9, "vase": 6, "mug": 7}
