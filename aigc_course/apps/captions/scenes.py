"""Scenes of one or two small digits, with their captions.

A scene is a picture [1, 28, 28] with five places of 14 x 14 pixels that a digit can
have: 0 in the middle, 1 at the left, 2 at the right, 3 above and 4 below. A single
digit stands in the middle, two digits stand left and right or above and below.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_course import validate
from aigc_course.apps.captions.words import RELATIONS, Scene, Thing, plain
from aigc_course.control import measure
from aigc_course.errors import CourseError

SIDE = 14  # pixels of a small digit
ROOM = 24  # pixels in the middle of a digit [28, 28] that become SIDE pixels
# thirds of MNIST's training digits: thickness in pixels, slant in pixels per pixel up
THIN, THICK, UPRIGHT, SLANTED = 2.25, 2.76, 0.1, 0.25
CORNERS = ((7, 7), (7, 0), (7, 14), (0, 7), (14, 7))  # of the places: row, column
NAMES = ("middle", "left", "right", "top", "bottom")
PLACES = len(CORNERS)
AT = {  # places of the first and of the second thing
    "left of": (1, 2),
    "right of": (2, 1),
    "above": (3, 4),
    "below": (4, 3),
}
APART = (4, 6)  # digits that differ by this are never shown together
# "left of" and "above" are said more often. With all four equally frequent, the place
# in the caption alone says nothing, and learning may start later (not measured)
OFTEN = (2, 1, 2, 1)
SINGLE = 0.1  # share of the scenes with one digit
SAY = 0.4  # how often a quality that is true is told


def held_out(a: int, b: int) -> bool:
    """Whether no training scene shows these two digits together, as with 3 and 7.

    These are 10 of the 45 pairs of two different digits; each digit is in 2 of them.
    """
    return abs(a - b) in APART


@dataclass(frozen=True)
class Digits:
    """N small digits: pixels [N, 14, 14] in [-1, 1], labels [N], and qualities.

    thickness, slant: [N], of the digits as they were before they were made small.
    """

    pixels: Tensor
    labels: Tensor
    thickness: Tensor
    slant: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def thing(self, row: int) -> Thing:
        """All that is true of one digit and has a word."""
        thickness, slant = float(self.thickness[row]), float(self.slant[row])
        thick = "thin" if thickness < THIN else "thick" if thickness > THICK else None
        lean = "upright" if abs(slant) < UPRIGHT else "slanted"
        told = lean if abs(slant) < UPRIGHT or slant > SLANTED else None
        return Thing(int(self.labels[row]), thick, told)

    def fits(self, thing: Thing) -> Tensor:
        """Of which digits all that is said of the thing is true: bool [N]."""
        true = self.labels == thing.digit
        true &= {
            None: torch.ones_like(true),
            "thin": self.thickness < THIN,
            "thick": self.thickness > THICK,
        }[thing.thickness]
        return (
            true
            & {
                None: torch.ones_like(true),
                "upright": self.slant.abs() < UPRIGHT,
                "slanted": self.slant > SLANTED,
            }[thing.slant]
        )


def digits(images: Tensor, labels: Tensor) -> Digits:
    """Small digits from images [N, 1, 28, 28] in [-1, 1] with labels int [N].

    Raises CourseError for other images, one without ink, and labels that do not fit.
    """
    if images.ndim != 4 or tuple(images.shape[1:]) != validate.IMAGE:
        raise CourseError(
            f"Digits are [N, 1, 28, 28] in [-1, 1]; got {list(images.shape)}."
        )
    found = validate.labels(labels, len(images), 10)
    assert found is not None
    seen = measure(images)
    return Digits(small(images)[:, 0], found, seen.thickness, seen.slant)


def small(images: Tensor) -> Tensor:
    """The middle of images [N, 1, 28, 28], made small: [N, 1, 14, 14]."""
    margin = (28 - ROOM) // 2
    middle = images[:, :, margin : 28 - margin, margin : 28 - margin]
    made = F.interpolate(middle, size=(SIDE, SIDE), mode="bilinear", antialias=True)
    return made.clamp(-1, 1)


def compose(tiles: Tensor) -> Tensor:
    """Pictures [N, 1, 28, 28] with a tile of [N, 5, 14, 14] at each place.

    Places overlap; where two tiles have ink, the brighter one is seen.
    """
    side = 2 * SIDE
    made = tiles.new_full((len(tiles), 1, side, side), -1.0)
    for place in range(PLACES):
        here = tile(made, place)
        here.copy_(torch.maximum(here, tiles[:, place]))
    return made


def tile(shown: Tensor, place: int) -> Tensor:
    """What pictures [N, 1, 28, 28] show at a place: [N, 14, 14]."""
    row, column = CORNERS[place]
    return shown[:, 0, row : row + SIDE, column : column + SIDE]


@dataclass(frozen=True)
class Arranged:
    """Which digit stands at which place of N scenes, and what the scenes are.

    rows: int [N, 5], rows of `Digits`, -1 for an empty place. scenes: what is told.
    """

    rows: Tensor
    scenes: list[Scene]


def arrange(
    shown: Digits, chance: random.Random, *, all_pairs: bool = False, say: float = SAY
) -> Arranged:
    """A scene for each digit, with another digit beside, above or below it, or alone.

    all_pairs: also the pairs that are held out. say: how often a quality is told.
    """
    rows, scenes = torch.full((len(shown), PLACES), -1), []
    for row in range(len(shown)):
        first, other = shown.thing(row), chance.randrange(len(shown))
        second = shown.thing(other)
        hidden = held_out(first.digit, second.digit) and not all_pairs
        if hidden or chance.random() < SINGLE:
            rows[row, 0] = row
            scenes.append(Scene(_told(first, chance, say)))
            continue
        relation = chance.choices(RELATIONS, OFTEN)[0]
        here, there = AT[relation]
        rows[row, here], rows[row, there] = row, other
        both = _told(first, chance, say), _told(second, chance, say)
        scenes.append(Scene(both[0], relation, both[1]))
    return Arranged(rows, scenes)


def pictures(shown: Digits, rows: Tensor) -> Tensor:
    """The scenes [N, 1, 28, 28] of rows [N, 5] of digits; -1 stays black."""
    tiles = shown.pixels[rows.clamp(min=0)]
    return compose(tiles.masked_fill((rows < 0)[..., None, None], -1.0))


def pairs(unseen: bool) -> list[tuple[int, int]]:
    """Ordered pairs of different digits, those held out or all others."""
    both = [(a, b) for a in range(10) for b in range(10) if a != b]
    return [pair for pair in both if held_out(*pair) == unseen]


def spatial(unseen: bool) -> list[str]:
    """Plain captions of two digits: every pair of `pairs` with every relation."""
    return [
        plain(Scene(Thing(a), relation, Thing(b)))
        for a, b in pairs(unseen)
        for relation in RELATIONS
    ]


def described(unseen: bool, chance: random.Random, n: int) -> list[str]:
    """n captions of two digits in which each digit has a thickness and a slant."""
    ways: Sequence[tuple[str, str]] = [
        (a, b) for a in ("thin", "thick") for b in ("upright", "slanted")
    ]
    made = []
    for _ in range(n):
        a, b = chance.choice(pairs(unseen))
        first, second = (Thing(d, *chance.choice(ways)) for d in (a, b))
        made.append(plain(Scene(first, chance.choice(RELATIONS), second)))
    return made


def _told(thing: Thing, chance: random.Random, say: float) -> Thing:
    thickness = thing.thickness if chance.random() < say else None
    return Thing(thing.digit, thickness, thing.slant if chance.random() < say else None)
