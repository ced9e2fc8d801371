"""The label that a person sees: some words in a strip below the picture.

The words are measured in the finished picture, letter by letter, as a reader would do
it. A picture that is too small for words is enlarged first, each pixel to k x k equal
ones: nothing of it is lost, and `original` takes it back.
"""

import math
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from aigc_course.apps.images import MAX_PIXELS, Picture
from aigc_course.errors import CourseError

TEXTS = {"en": "AI GENERATED", "zh": "AI生成"}
LEAST = 0.05  # of the shorter side: the least height of a letter
SHARE = 0.06  # what is drawn: the strip makes the picture larger
SMALLEST = 128  # pixels of the shorter side, where words of 9 pixels still fit
LETTER = 9  # pixels: lower letters cannot be read
FONT = "DejaVuSans-Bold.ttf"  # ships with matplotlib
PAPER, INK = 1.0, -1.0
SIMILAR = 0.05  # mean change of a strip, where white and black are 2 apart
# two characters that the font lacks, 13 x 13
GLYPHS = {
    "生": """......#......
..#...#......
..#...#......
.###########.
.#....#......
#.....#......
......#......
..#########..
......#......
......#......
......#......
......#......
#############""",
    "成": """.......#.#...
.......#..#..
.############
.#.....#.....
.#.....#.....
.#####.#..#..
.#...#.#..#..
.#...#.#.#...
.#...#..#....
.#...#..#...#
.#.##..#.#..#
#.....#...#.#
#....#.....##""",
}
GLYPH = 13


@dataclass(frozen=True, eq=False)
class Labelled:
    """A picture with its strip, and where the first picture lies in it.

    times: how much each of its pixels was enlarged. size: its height and width before.
    It begins in the upper left corner.
    """

    picture: Picture
    times: int
    size: tuple[int, int]


def explicit(picture: Picture, text: str = "en") -> Labelled:
    """The picture with a strip of words below it, black on white.

    text: a key of TEXTS. Every letter is at least LEAST of the shorter side high.
    Raises CourseError for another text, and where the result would exceed MAX_PIXELS.
    """
    if text not in TEXTS:
        raise CourseError(f"A label's text is one of {', '.join(TEXTS)}, not {text!r}.")
    height, width = picture.size
    short = min(height, width)
    times = math.ceil(SMALLEST / short) if short < SMALLEST else 1
    words = _words(TEXTS[text], max(LETTER, math.ceil(SHARE * times * short)))
    pad = max(2, len(words) // 4)
    rows = len(words) + 2 * pad
    if (times * height + rows) * times * width > MAX_PIXELS:
        raise CourseError(
            f"With its label the picture would exceed {MAX_PIXELS:,} pixels: make it"
            " smaller first."
        )
    strip = torch.full((len(picture.pixels), rows, times * width), PAPER)
    strip[:, pad : pad + len(words), pad : pad + words.shape[1]][:, words] = INK
    large = torch.cat([_enlarged(picture.pixels, times), strip], 1)
    alpha = picture.alpha
    if alpha is not None:
        opaque = torch.ones_like(strip[:1])
        alpha = torch.cat([_enlarged(alpha, times), opaque], 1)
    return Labelled(replace(picture, pixels=large, alpha=alpha), times, (height, width))


def original(picture: Picture, times: int, size: tuple[int, int]) -> Picture:
    """The picture without its strip, [C, H, W]: the mean of each k x k pixels.

    Raises CourseError where a picture of that size cannot lie in it.
    """
    height, width = size
    rows, columns = times * height, times * width
    if (
        min(times, height, width) < 1
        or rows > picture.size[0]
        or (columns != picture.size[1])
    ):
        raise CourseError(
            f"The label speaks of {columns} x {rows} pixels, the picture has"
            f" {picture.size[1]} x {picture.size[0]}: it was cut or resized."
        )
    parts = [picture.pixels] + ([] if picture.alpha is None else [picture.alpha])
    small = [
        part[:, :rows].reshape(-1, height, times, width, times).mean((2, 4))
        for part in parts
    ]
    alpha = None if picture.alpha is None else small[1]
    return replace(picture, pixels=small[0], alpha=alpha)


def has_strip(picture: Picture, times: int, size: tuple[int, int]) -> bool:
    """Whether all that lies outside of the labelled picture is a strip of this course.

    Without this a file could name any part of it as the picture. A JPEG may have
    changed the strip a little. Raises CourseError as `original` does.
    """
    inside = original(picture, times, size)
    for text in TEXTS:
        made = explicit(inside, text)
        if made.times == times and made.picture.size == picture.size:
            change = (made.picture.pixels - picture.pixels)[:, times * size[0] :]
            if float(change.abs().mean()) < SIMILAR:
                return True
    return False


def measure(labelled: Labelled) -> float:
    """The height of the lowest letter in pixels over the shorter side of the whole.

    Letters are what is dark in the strip, apart from each other by empty columns.
    """
    grey = labelled.picture.grey[0]
    ink = grey[labelled.times * labelled.size[0] :] < 0  # [rows, columns]
    ends = [-1, *(~ink.any(0)).nonzero().flatten().tolist(), ink.shape[1]]
    letters = [ink[:, a + 1 : b] for a, b in pairwise(ends) if b - a > 1]
    if not letters:
        return 0.0
    heights = [int(letter.any(1).nonzero().diff(dim=0).sum()) + 1 for letter in letters]
    return min(heights) / min(labelled.picture.size)


def _enlarged(pixels: Tensor, times: int) -> Tensor:
    return pixels.repeat_interleave(times, 1).repeat_interleave(times, 2)


def _words(text: str, least: int) -> Tensor:
    """The text as bool [rows, columns], every letter at least that high."""
    if any(letter in GLYPHS for letter in text):
        least = GLYPH * math.ceil(least / GLYPH)  # drawn characters grow by whole parts
    letters = [_letter(letter, least) for letter in text]
    rows = max(len(letter) for letter in letters)
    gap = torch.zeros(rows, max(2, rows // 6), dtype=torch.bool)
    parts = []
    for letter in letters:
        raised = torch.zeros(rows, letter.shape[1], dtype=torch.bool)
        raised[rows - len(letter) :] = letter
        parts += [raised, gap]
    return torch.cat(parts[:-1], 1)


@cache
def _letter(letter: str, least: int) -> Tensor:
    """One letter, bool [rows, columns], at least that high; a space is only wide."""
    if letter in GLYPHS:
        drawn = [[c == "#" for c in row] for row in GLYPHS[letter].split()]
        return _enlarged(torch.tensor(drawn)[None], least // GLYPH)[0]
    if letter == " ":
        return torch.zeros(least, max(1, least // 4), dtype=torch.bool)
    size = least
    while len(ink := _ink(letter, size)) < least:
        size += 1
    return ink


def _ink(letter: str, size: int) -> Tensor:
    """A letter of the font at that size, cut to what is black."""
    import matplotlib

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    sheet = Image.new("1", (3 * size, 3 * size))
    pen = ImageDraw.Draw(sheet)
    pen.text((size, size), letter, 1, ImageFont.truetype(str(folder / FONT), size))
    return torch.from_numpy(np.array(sheet.crop(sheet.getbbox())))
