"""What is taken from a picture, for a network to put back: a hole, detail, the filling.

A task turns pictures [N, 1, H, W] in [-1, 1] into sources [N, C, H, W], and finishes
what a network made of a source.
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate, max_pool2d

from aigc_course.errors import CourseError

SIDE = 28


class Task(Protocol):
    """A way to spoil pictures, and what is certain about the answer."""

    @property
    def channels(self) -> int:
        """Of the sources."""
        ...

    def source(self, images: Tensor) -> Tensor:
        """Pictures [N, 1, H, W] to sources [N, channels, H, W]."""
        ...

    def finish(self, source: Tensor, painted: Tensor) -> Tensor:
        """What the network painted, [N, 1, H, W], with what is known put back."""
        ...


def centre_hole(side: int = 14) -> Tensor:
    """A square hole in the middle, bool [28, 28], True where pixels are missing.

    Raises CourseError unless side is even, from 2 to 26.

    >>> int(centre_hole(14).sum())
    196
    """
    if side % 2 or not 2 <= side <= SIDE - 2:
        raise CourseError(f"A hole's side is even, from 2 to 26; not {side}.")
    start = (SIDE - side) // 2
    mask = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    mask[start : start + side, start : start + side] = True
    return mask


def random_holes(n: int, generator: torch.Generator | None = None) -> Tensor:
    """n masks bool [n, 1, 28, 28]: a box of sides 4 to 20 each, anywhere inside."""
    sides = torch.randint(4, 21, (n, 2, 1), generator=generator)
    starts = torch.rand(n, 2, 1, generator=generator) * (SIDE + 1 - sides)
    along = torch.arange(SIDE)
    inside = (along >= starts.floor()) & (along < starts.floor() + sides)  # [n, 2, 28]
    return (inside[:, 0, :, None] & inside[:, 1, None, :])[:, None]


def hide(images: Tensor, mask: Tensor) -> Tensor:
    """Sources [N, 2, H, W]: the pixels with 0, mid-grey, in the hole; 1 in the hole.

    images: float [N, 1, H, W] in [-1, 1]. mask: bool [H, W], or [N, 1, H, W].
    """
    hole = mask.to(images.device).expand_as(images)
    return torch.cat([images.masked_fill(hole, 0), hole.to(images)], dim=1)


@dataclass(frozen=True)
class Inpainting:
    """Pictures with a hole: `mask` for all, or None for half centre, half anywhere.

    The centre's hole has 14 x 14 pixels, the others are `random_holes`.
    """

    mask: Tensor | None = None
    channels: int = 2

    def source(self, images: Tensor) -> Tensor:
        """As `hide`; random holes come from the global random generator."""
        if self.mask is not None:
            return hide(images, self.mask)
        holes = random_holes(len(images))
        return hide(images, torch.where(_coins(len(images)), centre_hole(), holes))

    def finish(self, source: Tensor, painted: Tensor) -> Tensor:
        """The known pixels as they were, the painted ones in the hole."""
        return torch.where(source[:, 1:] > 0, painted, source[:, :1])


@dataclass(frozen=True)
class SuperResolution:
    """Pictures made `times` smaller by averaging squares of times x times pixels."""

    times: int
    channels: int = 1

    def __post_init__(self) -> None:
        if self.times not in (2, 4):
            raise CourseError(
                f"Pictures become 2 or 4 times smaller, not {self.times}."
            )

    def small(self, images: Tensor) -> Tensor:
        """Pictures [N, 1, H, W] to [N, 1, H / times, W / times]."""
        return avg_pool2d(images, self.times)

    def source(self, images: Tensor) -> Tensor:
        """The small picture, enlarged as `enlarge` does: [N, 1, H, W]."""
        return self.enlarge(self.small(images))

    def enlarge(self, small: Tensor) -> Tensor:
        """Bicubic enlargement by `times`, [N, 1, h, w] to [N, 1, H, W] in [-1, 1]."""
        large = interpolate(
            small, scale_factor=self.times, mode="bicubic", align_corners=False
        )
        return large.clamp(-1, 1)

    def finish(self, source: Tensor, painted: Tensor) -> Tensor:
        """What was painted, as it is."""
        return painted


@dataclass(frozen=True)
class EdgesToImage:
    """Only the outline of each stroke: what dilation adds to the picture's ink."""

    channels: int = 1

    def source(self, images: Tensor) -> Tensor:
        """1 on the outline and -1 elsewhere, [N, 1, H, W]."""
        return outline(images)

    def finish(self, source: Tensor, painted: Tensor) -> Tensor:
        """What was painted, as it is."""
        return painted


def outline(images: Tensor) -> Tensor:
    """The line around the ink: the ink grown by a pixel less the ink, as +-1.

    Ink is what is brighter than 0. A morphological gradient (Rivest et al. 1993).
    """
    ink = (images > 0).to(images)
    grown = max_pool2d(ink, 3, 1, 1)
    return 2 * (grown - ink) - 1


def _coins(n: int) -> Tensor:
    return torch.rand(n, 1, 1, 1) < 0.5
