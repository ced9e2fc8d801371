"""Digit styles: the same digit written otherwise, for translators to learn.

Each takes images float [N, 1, 28, 28] in [-1, 1] and gives images of that kind.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample, max_pool2d

from aigc_course.apps.tasks import outline
from aigc_course.errors import CourseError


def inverted(images: Tensor) -> Tensor:
    """Black on white."""
    return -images


def thick(images: Tensor) -> Tensor:
    """Strokes a pixel wider on each side: the brightest of 3 x 3 pixels."""
    return max_pool2d(images, 3, 1, 1)


def slanted(images: Tensor, slope: float = 0.5) -> Tensor:
    """Leaning to the right: each row is shifted by slope times its height."""
    turn = torch.tensor([[1.0, slope, 0.0], [0.0, 1.0, 0.0]])
    grid = affine_grid(
        turn.expand(len(images), 2, 3), list(images.shape), align_corners=False
    )
    # outside the image grid_sample reads 0: shift so that 0 means black, and back
    return grid_sample(images + 1, grid.to(images), align_corners=False) - 1


STYLES: dict[str, Callable[[Tensor], Tensor]] = {
    "inverted": inverted,
    "thick": thick,
    "slanted": slanted,
    "outlined": outline,
}


def style(name: str) -> Callable[[Tensor], Tensor]:
    """The style called `name`; CourseError for an unknown one, listing the known."""
    if name not in STYLES:
        raise CourseError(
            f"There is no style {name!r}; choose from {', '.join(STYLES)}."
        )
    return STYLES[name]
