"""Exercise on measuring how much a digit leans."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "10.slant",
    order=60,
    title="How much does it lean?",
    difficulty=3,
    minutes=12,
    idea="Fit a straight line x(y) to the ink, each pixel weighted by how dark its ink"
    " is. Its slope says how x changes from row to row.",
    formula="slant = -mu_xy / mu_yy with mu_xy = sum ink (x - xm)(y - ym) / sum ink;"
    " rows count downwards, hence the minus.",
    line="With `y = torch.arange(ink.shape[1])[:, None]`,"
    " `x = torch.arange(ink.shape[2])`, `share = ink / ink.sum((1, 2), keepdim=True)`"
    " and `mean = lambda v: (share * v).sum((1, 2), keepdim=True)`, take"
    " `dx, dy = x - mean(x), y - mean(y)` and"
    " `return -(mean(dx * dy) / mean(dy * dy)).flatten()`.",
    variation="Take the slant out of every digit (shear by minus its slant) and train"
    " a classifier on the result.",
    asks="derive",
)


def mean(ink: Tensor, values: Tensor) -> Tensor:
    """Mean of values [.., H, W] weighted by ink [N, H, W]: [N, 1, 1]."""
    total = (ink * values).sum((1, 2), keepdim=True)
    return total / ink.sum((1, 2), keepdim=True)


def gaps(ink: Tensor) -> tuple[Tensor, Tensor]:
    """x - xm and y - ym, broadcast to [N, H, W]."""
    x = torch.arange(ink.shape[2], dtype=ink.dtype)[None, None]
    y = torch.arange(ink.shape[1], dtype=ink.dtype)[None, :, None]
    return x - mean(ink, x), y - mean(ink, y)


@exercise.answer
def slant(ink: Tensor) -> Tensor:
    """Pixels to the right for each pixel up, [N], of ink [N, H, W] in [0, 1].

    -mu_xy / mu_yy, the moments of the ink around its centre (Hu 1962).
    """
    dx, dy = gaps(ink)
    return -(mean(ink, dx * dy) / mean(ink, dy * dy)).flatten()


def blots(n: int, height: int, width: int) -> Tensor:
    """Random ink with some structure, [n, height, width]."""
    line = torch.rand(n, height, 1) * torch.rand(n, 1, width)
    return torch.rand(n, height, width).pow(3) + line


@exercise.inputs
def some() -> list[tuple[Tensor]]:
    return [(blots(4, 9, 9),), (blots(3, 12, 7),)]


def bar(rows: int, step: int) -> Tensor:
    """One pixel of ink in each row, `step` further to the right in each row up."""
    ink = torch.zeros(1, rows, rows * abs(step) + 1)
    start = 0 if step > 0 else rows * abs(step)
    for row in range(rows):
        ink[0, rows - 1 - row, start + step * row] = 1
    return ink


@exercise.must_hold
def drawn_bars(f) -> bool:
    """A bar that moves one pixel to the right in each row up has the slant 1, one that
    moves two to the left -2."""
    return same(f(bar(8, 1)), torch.ones(1)) and same(f(bar(6, -2)), -2 * torch.ones(1))


@exercise.must_hold
def position_does_not_matter(f) -> bool:
    """A digit moved aside leans as before."""
    ink = torch.nn.functional.pad(blots(2, 8, 8), (0, 5, 4, 0))
    return same(f(ink), f(torch.roll(ink, (-4, 5), dims=(1, 2))), 1e-3)


@exercise.mistake(hint="formula")
def downwards(ink: Tensor) -> Tensor:
    """The sign is turned round: row numbers grow downwards, and a digit that leans to
    the right has its top on the right."""
    return -slant(ink)


@exercise.mistake(hint="idea")
def the_other_line(ink: Tensor) -> Tensor:
    """You divide by mu_xx. That is the slope of y(x), how much the ink rises to the
    right; a wide digit would seem upright."""
    dx, dy = gaps(ink)
    return -(mean(ink, dx * dy) / mean(ink, dx * dx)).flatten()


@exercise.mistake(hint="formula")
def around_the_corner(ink: Tensor) -> Tensor:
    """Your moments are taken around the corner of the image, so a digit leans more the
    further down it stands. Subtract the ink's centre first."""
    x = torch.arange(ink.shape[2], dtype=ink.dtype)[None, None]
    y = torch.arange(ink.shape[1], dtype=ink.dtype)[None, :, None]
    return -(mean(ink, x * y) / mean(ink, y * y)).flatten()


@exercise.mistake(hint="formula")
def every_pixel_alike(ink: Tensor) -> Tensor:
    """You count every pixel that has any ink in full. Weigh each by its ink: grey rims
    count less than the stroke."""
    return slant((ink > 0).to(ink.dtype))


@exercise.mistake(hint="formula")
def in_degrees(ink: Tensor) -> Tensor:
    """You return the angle in degrees. The slant is its tangent, pixels to the right
    for each pixel up: leave the arctangent out."""
    return slant(ink).atan().rad2deg()


@exercise.mistake(hint="formula")
def in_radians(ink: Tensor) -> Tensor:
    """You return the angle in radians. The slant is its tangent, pixels to the right
    for each pixel up: leave the arctangent out."""
    return slant(ink).atan()


@exercise.mistake(hint="formula")
def black_and_white(ink: Tensor) -> Tensor:
    """You count pixels above one half in full and the others not at all. Weigh each
    pixel by its ink: the grey ones belong to the stroke in part."""
    return slant((ink > 0.5).to(ink.dtype))


@exercise.mistake(hint="formula")
def around_the_middle(ink: Tensor) -> Tensor:
    """Your moments are taken around the middle of the image, so the slant changes when
    a digit is moved aside. Subtract the centre of the ink."""
    x = torch.arange(ink.shape[2], dtype=ink.dtype)[None, None]
    y = torch.arange(ink.shape[1], dtype=ink.dtype)[None, :, None]
    dx, dy = x - x.mean(), y - y.mean()
    return -(mean(ink, dx * dy) / mean(ink, dy * dy)).flatten()


@exercise.mistake(hint="formula")
def sides_of_equal_length(ink: Tensor) -> Tensor:
    """Your x and y both run from -1 to 1, so a pixel is as wide as W and as high as H
    say. Count both in pixels, with `torch.arange`."""
    _, height, width = ink.shape
    return slant(ink) * (height - 1) / (width - 1)


@exercise.mistake(hint="idea")
def a_correlation(ink: Tensor) -> Tensor:
    """You divide by the root of mu_xx mu_yy: that is a correlation, between -1 and 1.
    The slope of x(y) divides by mu_yy alone."""
    dx, dy = gaps(ink)
    xx, xy, yy = (mean(ink, v).flatten() for v in (dx * dx, dx * dy, dy * dy))
    return -xy / (xx * yy).sqrt()


@exercise.mistake(hint="formula")
def axis_of_the_ellipse(ink: Tensor) -> Tensor:
    """That is the main axis of the ink. It also turns when a digit gets wider, while a
    shear changes the slant by exactly its amount."""
    dx, dy = gaps(ink)
    xx, xy, yy = (mean(ink, v).flatten() for v in (dx * dx, dx * dy, dy * dy))
    return -(torch.atan2(2 * xy, yy - xx) / 2).tan()
