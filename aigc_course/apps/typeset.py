"""Printed digits, framed as MNIST frames handwriting: a style that no hand has."""

from functools import cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from aigc_course import validate
from aigc_course.errors import CourseError

SIDE, BOX = 28, 20  # of a picture, and of the square that holds the ink
LARGE = 200  # pixels a digit is drawn with before it is reduced


def fonts() -> list[str]:
    """The fonts that can be set: those that ship with matplotlib, by name."""
    found = (path.stem for path in _folder().glob("DejaVu*.ttf"))
    return sorted(name for name in found if not name.endswith("Display"))


def typeset(digits: Tensor, font: str = "DejaVuSerif-Bold") -> Tensor:
    """Digits int [N], 0 to 9, printed: float32 [N, 1, 28, 28] in [-1, 1].

    White on black, the ink in a box of 20 x 20 pixels, its centre of mass in the middle
    (LeCun et al. 1998, section III.A, for MNIST). Raises CourseError for another
    digit, and for an unknown font, listing those there are.
    """
    if font not in fonts():
        raise CourseError(f"There is no font {font!r}; there are {', '.join(fonts())}.")
    wanted = validate.labels(digits, len(digits), 10)
    assert wanted is not None
    alphabet = torch.stack([_digit(d, font) for d in range(10)])
    return alphabet[wanted.cpu()]


@cache
def _digit(digit: int, font: str) -> Tensor:
    """One printed digit, [1, 28, 28]."""
    letters = ImageFont.truetype(str(_folder() / f"{font}.ttf"), LARGE)
    sheet = Image.new("L", (2 * LARGE, 2 * LARGE))
    ImageDraw.Draw(sheet).text((LARGE // 2, LARGE // 4), str(digit), 255, letters)
    ink = sheet.crop(sheet.getbbox())
    times = BOX / max(ink.size)
    width, height = (max(1, round(side * times)) for side in ink.size)
    small = np.asarray(ink.resize((width, height), Image.Resampling.BOX), float) / 255
    top, left = (_start(small, axis) for axis in (0, 1))
    framed = torch.zeros(SIDE, SIDE)
    framed[top : top + height, left : left + width] = torch.from_numpy(small).float()
    return (2 * framed - 1)[None]


def _start(ink: np.ndarray, axis: int) -> int:
    """Where the ink must begin along an axis for its mass to be in the middle."""
    share = ink.sum(1 - axis) / ink.sum()
    middle = float(share @ (np.arange(len(share)) + 0.5))
    return min(max(round(SIDE / 2 - middle), 0), SIDE - ink.shape[axis])


def _folder() -> Path:
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"
