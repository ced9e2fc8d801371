"""Thickness, slant and width of digits, measured on the pixels.

Ink is brightness in [0, 1]; a faint haze below HAZE does not count. Coordinates run
from the middle of the image, x to the right and y downwards, in pixels. With m = sum of
ink, xm and ym the ink's centre:

mu_xx = sum ink (x - xm)^2 / m, and mu_xy, mu_yy alike    (Hu 1962, equation 4)
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample, pad

from aigc_course import data
from aigc_course.data.batches import check_range
from aigc_course.errors import CourseError

HAZE = 0.1  # generated backgrounds are not quite black
CHUNK = 2_000  # images measured at once: the moments take 13 kB an image in float64
NAMES = ("thickness", "slant", "width")


@dataclass(frozen=True)
class Attributes:
    """Attributes of N images, float32 [N] each.

    thickness: of the strokes, in pixels. slant: pixels to the right for each pixel up,
    0 for upright. width: four standard deviations of x once the slant is taken out,
    in pixels.
    """

    thickness: Tensor
    slant: Tensor
    width: Tensor

    def table(self, *names: str) -> Tensor:
        """The named attributes, by default all three, as columns: [N, names]."""
        return torch.stack([getattr(self, name) for name in names or NAMES], dim=1)

    @property
    def degrees(self) -> Tensor:
        """The slant as an angle from the vertical, positive to the right: [N]."""
        return self.slant.atan().rad2deg()


@torch.no_grad()
def measure(images: Tensor) -> Attributes:
    """Thickness, slant and width of N images.

    thickness = 2 A / P, with A the ink and P the length of its edge
    slant     = -mu_xy / mu_yy
    width     = 4 sqrt(mu_xx - mu_xy^2 / mu_yy)

    A stroke of length L and thickness t has A = t L and P = 2 (L + t), so that its ends
    make it seem t / L thinner. The slant is the slope of the line x(y) that fits the
    ink best: a sheared image x -> x + s (up) has exactly s more of it. Round forms and
    horizontal bars count as ink like any other.

    images: [N, 1, 28, 28] or [N, 28, 28], uint8 or float in [-1, 1]. Raises CourseError
    for other images, and where one has no ink or all its ink in one row.
    """
    starts = range(0, max(len(images), 1), CHUNK)  # one look at an empty set refuses it
    parts = [_measured(images[at : at + CHUNK], first=at) for at in starts]
    return Attributes(
        *(torch.cat([getattr(part, name) for part in parts]) for name in NAMES)
    )


def _measured(images: Tensor, first: int) -> Attributes:
    """The attributes of a few images, of which the first has the number `first`."""
    ink = as_ink(images)
    mass = ink.sum((1, 2))  # [N]
    if not bool((mass > 0).all()):
        which = first + int((mass <= 0).nonzero()[0])
        raise CourseError(f"Image {which} has no ink, so that nothing can be measured.")
    xx, xy, yy = moments(ink)
    if not bool((yy > 1e-6).all()):
        which = first + int((yy <= 1e-6).nonzero()[0])
        raise CourseError(f"Image {which} has all its ink in one row: it has no slant.")
    return Attributes(
        thickness=2 * mass / edge_length(ink).clamp(min=1e-6),
        slant=-xy / yy,
        width=4 * (xx - xy.square() / yy).clamp(min=0).sqrt(),
    )


def as_ink(images: Tensor) -> Tensor:
    """Ink in [0, 1], float32 [N, H, W]; CourseError for what are no such images."""
    expected = "Images are [N, 1, H, W] or [N, H, W], uint8 or float in [-1, 1]"
    if images.ndim == 4 and images.shape[1] == 1:
        images = images[:, 0]
    if images.ndim != 3 or not len(images):
        raise CourseError(f"{expected}; got shape {list(images.shape)}.")
    given = images
    if images.dtype == torch.uint8:
        images = data.to_float(images)
    low, high = (float(v) for v in images.aminmax())
    if not images.is_floating_point() or not (low >= -1.001 and high <= 1.001):
        raise CourseError(
            f"{expected}; got {images.dtype} from {low:.3g} to {high:.3g}."
        )
    check_range(given)
    ink = (images.float() + 1) / 2
    return torch.where(ink < HAZE, 0.0, ink)


def moments(ink: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """mu_xx, mu_xy and mu_yy of ink [N, H, W] with some mass: [N] each."""
    share = ink.double() / ink.double().sum((1, 2), keepdim=True)  # sums to 1
    n, height, width = ink.shape
    y = torch.arange(height, dtype=torch.float64, device=ink.device)
    x = torch.arange(width, dtype=torch.float64, device=ink.device)
    of_y, of_x = share.sum(2), share.sum(1)  # [N, H] and [N, W]
    dy = y - (of_y @ y)[:, None]  # [N, H]
    dx = x - (of_x @ x)[:, None]
    xy = torch.einsum("nh,nhw,nw->n", dy, share, dx)
    found = (of_x * dx.square()).sum(1), xy, (of_y * dy.square()).sum(1)
    xx, xy, yy = (moment.float() for moment in found)
    return xx, xy, yy


def edge_length(ink: Tensor) -> Tensor:
    """Length of the edge of ink [N, H, W], in pixels: [N].

    The sum of |gradient|: every level line of the ink counts by its height, so that a
    soft edge is as long as a sharp one (the coarea formula, Federer 1959).
    """
    dark = pad(ink, (1, 1, 1, 1))
    a, b = dark[:, :-1, :-1], dark[:, :-1, 1:]  # the four pixels around each corner
    c, d = dark[:, 1:, :-1], dark[:, 1:, 1:]
    across, down = (b - a + d - c) / 2, (c - a + d - b) / 2
    return (across.square() + down.square()).sqrt().sum((1, 2))


def shear(images: Tensor, slant: Tensor | float) -> Tensor:
    """Images [N, 1, H, W] in [-1, 1], leaning `slant` more to the right.

    Each row moves by slant times its height above the middle; what comes in is black.
    slant: a number, or one for each image [N].
    """
    n = len(images)
    amount = torch.as_tensor(slant, dtype=images.dtype).expand(n)
    theta = torch.eye(2, 3, dtype=images.dtype).repeat(n, 1, 1)
    # grid_sample asks where a pixel comes from: x' = x + slant y, y downwards
    theta[:, 0, 1] = amount
    grid = affine_grid(theta, list(images.shape), align_corners=False)
    moved = grid_sample((images + 1) / 2, grid, align_corners=False)
    return 2 * moved - 1


def stroke(
    thickness: float, degrees: float = 0.0, length: float = 16.0, size: int = 28
) -> Tensor:
    """A straight stroke as an image [1, 1, size, size] in [-1, 1], edges smoothed.

    degrees: how far it leans to the right of the vertical. For tests and pictures:
    something whose thickness and slant are known.
    """
    fine = 8  # points per pixel and direction, averaged
    at = (torch.arange(size * fine) + 0.5) / fine - size / 2
    y, x = torch.meshgrid(at, at, indexing="ij")
    angle = float(np.deg2rad(degrees))
    along = x * np.sin(angle) - y * np.cos(angle)
    across = x * np.cos(angle) + y * np.sin(angle)
    inside = (across.abs() <= thickness / 2) & (along.abs() <= length / 2)
    ink = inside.float().view(size, fine, size, fine).mean((1, 3))
    return 2 * ink[None, None] - 1
