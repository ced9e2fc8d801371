"""Outlines drawn from six known factors, in every combination.

Made after dSprites (Matthey et al. 2017) at MNIST's size, as the ground truth for
disentangling: 3 * 8 * 8 * 4 * 7 * 3 = 16,128 images, and row i of `grid` holds the
factors of image i. Nothing is random but the choice of rows.

No two combinations look alike: no shape comes back to itself within the 80 degrees that
angles span (the square and the angles of dSprites do), and none touches the border.
"""

from functools import lru_cache
from numbers import Integral

import torch
from torch import Tensor

from aigc_course.errors import CourseError

NAMES = ("kind", "x", "y", "size", "angle", "thickness")
KINDS = ("rectangle", "ellipse", "triangle")
# What the positions of each factor stand for. x to the right, y down, in pixels from
# the middle; size: half the length; angle: degrees clockwise; thickness: of the line.
VALUES: tuple[tuple[float, ...], ...] = (
    (0, 1, 2),
    tuple(i - 3.5 for i in range(8)),
    tuple(i - 3.5 for i in range(8)),
    (4, 5, 6, 7),
    tuple(-40 + 80 * i / 6 for i in range(7)),
    (1.0, 1.75, 2.5),
)
SIZES = tuple(len(values) for values in VALUES)  # (3, 8, 8, 4, 7, 3)
FLAT = 0.6  # half the height of rectangle and ellipse, in half lengths

# corners for size 1, in order around
_RECTANGLE = ((-1, -FLAT), (1, -FLAT), (1, FLAT), (-1, FLAT))
_TRIANGLE = ((0, -1), (0.75, 0.75), (-0.75, 0.75))


def grid() -> Tensor:
    """The factors of all images, int64 [16128, 6]: positions in VALUES, columns NAMES.

    The last column turns fastest, as in an odometer.

    >>> grid()[1].tolist()
    [0, 0, 0, 0, 0, 1]
    """
    return torch.cartesian_prod(*(torch.arange(size) for size in SIZES))


def index(factors: Tensor) -> Tensor:
    """Which images have these factors: int [N, 6] to int64 [N], undoing `grid`.

    Raises CourseError for factors of another shape or type, or out of range.

    >>> index(grid()[[5, 16_127]])
    tensor([    5, 16127])
    """
    rows = torch.zeros(len(_checked(factors)), dtype=torch.long)
    for column, size in zip(factors.cpu().long().T, SIZES, strict=True):
        rows = rows * size + column  # digits to a number, whose bases differ
    return rows


def values(factors: Tensor) -> Tensor:
    """What int factors [N, 6] stand for, float32 [N, 6]: pixels, degrees, the kind.

    Raises CourseError as `index` does.
    """
    columns = zip(VALUES, _checked(factors).cpu().long().T, strict=True)
    return torch.stack([torch.tensor(v)[column] for v, column in columns], dim=1)


def images() -> Tensor:
    """All images in the order of `grid`, uint8 [16128, 1, 28, 28]; 0 is background.

    They are drawn once in a process, in a second or two, and take 13 MB. data.batches
    takes them as they are.
    """
    return _all().clone()


def sample(n: int, generator: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
    """n images, uint8 [n, 1, 28, 28], and their factors, int64 [n, 6].

    Combinations are equally likely and drawn one by one, so that they may come twice.
    Both lie on the CPU, whatever the generator's device. Raises CourseError unless n is
    a whole number from 1.
    """
    if not isinstance(n, Integral) or n < 1:
        raise CourseError(f"The number of images is a whole number from 1, not {n}.")
    device = generator.device if generator else None
    rows = torch.randint(len(grid()), (int(n),), generator=generator, device=device)
    factors = grid()[rows.cpu()]
    return draw(factors), factors


def draw(factors: Tensor) -> Tensor:
    """The images of int factors [N, 6], uint8 [N, 1, 28, 28], edges smoothed.

    ink = clamp(thickness / 2 - d + 1/2, 0, 1),   d the outline's distance in pixels

    from the pixel's middle, so that an edge takes one pixel to fade, as if the pixel
    lay square to it. Raises CourseError as `index` does.

    >>> draw(torch.zeros(2, 6, dtype=torch.long)).shape
    torch.Size([2, 1, 28, 28])
    """
    asked = values(factors)
    ink = [_ink(part) for part in asked.split(1000)]  # 6 MB a step
    return (255 * torch.cat(ink)).round().to(torch.uint8)[:, None]


@lru_cache(maxsize=1)
def _all() -> Tensor:
    return draw(grid())


def _ink(asked: Tensor) -> Tensor:
    """Ink in [0, 1], [N, 28, 28], of values [N, 6]."""
    kind, x, y, size, angle, thickness = asked.T
    points = _turned(_canvas() - torch.stack([x, y], 1)[:, None], angle)  # [N, 784, 2]
    points /= size[:, None, None]  # as a shape of size 1 sees them
    near = torch.empty(points.shape[:2])
    for number, distance in enumerate((_to_rectangle, _to_ellipse, _to_triangle)):
        near[kind == number] = distance(points[kind == number])
    ink = thickness[:, None] / 2 - near * size[:, None] + 0.5
    return ink.clamp(0, 1).view(-1, 28, 28)


def _canvas() -> Tensor:
    """Middles (x, y) of the pixels, from the image's, row by row: [784, 2]."""
    at = torch.arange(28) - 13.5
    y, x = torch.meshgrid(at, at, indexing="ij")
    return torch.stack([x.reshape(-1), y.reshape(-1)], dim=1)


def _turned(points: Tensor, degrees: Tensor) -> Tensor:
    """Points [N, P, 2] turned back by their angle, so that the shape is upright."""
    cos, sin = degrees.deg2rad().cos(), degrees.deg2rad().sin()
    # y runs down: this matrix turns clockwise as seen, its rows act on (x, y)
    back = torch.stack([torch.stack([cos, sin], 1), torch.stack([-sin, cos], 1)], 1)
    return points @ back.transpose(1, 2)


def _to_rectangle(points: Tensor) -> Tensor:
    return _to_polygon(points, _RECTANGLE)


def _to_triangle(points: Tensor) -> Tensor:
    return _to_polygon(points, _TRIANGLE)


def _to_polygon(points: Tensor, corners: tuple[tuple[float, float], ...]) -> Tensor:
    """Distance of points [N, P, 2] from the nearest edge: [N, P]."""
    ends = torch.tensor(corners)
    best = points.new_full(points.shape[:2], float("inf"))
    for a, b in zip(ends, ends.roll(-1, 0), strict=True):
        # t in [0, 1]: how far along the edge the nearest point lies
        t = ((points - a) @ (b - a) / (b - a).square().sum()).clamp(0, 1)
        away = points - a - t[..., None] * (b - a)
        best = torch.minimum(best, away.square().sum(-1))
    return best.sqrt()


def _to_ellipse(points: Tensor) -> Tensor:
    """Distance from the ellipse x^2 + (y / FLAT)^2 = 1, to first order: |f| / |grad f|.

    With f = |(x, y / FLAT)| - 1 (Taubin 1991, section 4): [N, P, 2] to [N, P].
    """
    axes = torch.tensor([1.0, FLAT])
    radius = (points / axes).norm(dim=-1)
    slope = (points / axes.square()).norm(dim=-1) / radius.clamp(min=1e-6)
    return (radius - 1).abs() / slope.clamp(min=1e-6)


def _checked(factors: Tensor) -> Tensor:
    whole = not (factors.is_floating_point() or factors.dtype == torch.bool)
    if not whole or factors.ndim != 2 or factors.shape[1] != len(SIZES):
        raise CourseError(
            f"Factors are whole numbers [N, {len(SIZES)}], in the order"
            f" {', '.join(NAMES)}; got {factors.dtype} {list(factors.shape)}."
        )
    for name, size, column in zip(NAMES, SIZES, factors.T, strict=True):
        if len(column) and not 0 <= int(column.min()) <= int(column.max()) < size:
            raise CourseError(f"The factor {name} is from 0 to {size - 1}.")
    return factors
