"""What is to be seen in a scene: read by programs that no generator has learnt from.

First the places are found: all the ink lies in the middle rows, or in the middle
columns, or both. Each place with ink is enlarged to 28 x 28 pixels, and the shipped
digit classifier reads it. It was trained on MNIST alone. `neighbours` is a second
reader without a network.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_course import metrics
from aigc_course.apps.captions.scenes import AT, PLACES, ROOM, SIDE, Digits, tile
from aigc_course.apps.captions.words import Scene
from aigc_course.control import measure
from aigc_course.control.attributes import as_ink
from aigc_course.errors import CourseError

EMPTY = -1
INK = 4.0  # pixels of full ink; a place with less is empty
INSIDE = 0.97  # share of the ink that lies in the middle rows, or columns
# halfway between what is called thin and thick, upright and slanted, once enlarged
THICKER, LEANING = 3.0, 0.175
Read = Callable[[Tensor], Tensor]  # tiles [N, 14, 14] to digits [N]


@dataclass(frozen=True)
class Seen:
    """What was read in N scenes, place by place.

    digits: int [N, 5], EMPTY where there is no digit; all are EMPTY in a scene whose
    ink lies in no row or column. thickness, slant: [N, 5], NaN there.
    """

    digits: Tensor
    thickness: Tensor
    slant: Tensor

    def __len__(self) -> int:
        return len(self.digits)

    @property
    def grids(self) -> Tensor:
        """The digits as they stand in the pictures: int [N, 3, 3]."""
        made = torch.full((len(self), 3, 3), EMPTY)
        for place, (row, column) in enumerate(((1, 1), (1, 0), (1, 2), (0, 1), (2, 1))):
            made[:, row, column] = self.digits[:, place]
        return made


def classify(tiles: Tensor) -> Tensor:
    """The digits that the shipped classifier reads in tiles [N, 14, 14]: [N]."""
    return metrics.classify(enlarged(tiles))


def neighbours(known: Digits, k: int = 3) -> Read:
    """A reader that asks the k nearest known digits, by squared pixel distance."""
    table = known.pixels.flatten(1)

    def read(tiles: Tensor) -> Tensor:
        parts = []
        for some in tiles.flatten(1).split(500):
            nearest = torch.cdist(some, table).topk(k, largest=False).indices
            parts.append(known.labels[nearest].mode(1).values)
        return torch.cat(parts) if parts else torch.zeros(0, dtype=torch.int64)

    return read


def enlarged(tiles: Tensor) -> Tensor:
    """Tiles [N, 14, 14] as digits of MNIST's size, [N, 1, 28, 28] in [-1, 1]."""
    size = (ROOM, ROOM)
    big = F.interpolate(tiles[:, None], size=size, mode="bicubic").clamp(-1, 1)
    return F.pad(big, ((28 - ROOM) // 2,) * 4, value=-1.0)


@torch.no_grad()
def look(pictures: Tensor, read: Read = classify) -> Seen:
    """Read scenes [N, 1, 28, 28] in [-1, 1]. Raises CourseError for another shape."""
    inked, tiles = found(pictures)
    digits = torch.full(inked.shape, EMPTY)
    thickness = torch.full(inked.shape, torch.nan)
    slant = thickness.clone()
    if bool(inked.any()):
        shown = tiles[inked]
        digits[inked] = read(shown)
        seen = measure(enlarged(shown))
        thickness[inked], slant[inked] = seen.thickness, seen.slant
    return Seen(digits, thickness, slant)


def found(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Which places of N scenes hold a digit, bool [N, 5], and all tiles.

    Tiles are [N, 5, 14, 14]. Raises CourseError for other than [N, 1, 28, 28].
    """
    if pictures.ndim != 4 or tuple(pictures.shape[1:]) != (1, 28, 28):
        raise CourseError(
            f"Scenes are [N, 1, 28, 28] in [-1, 1]; got {list(pictures.shape)}."
        )
    pictures = pictures.clamp(-1, 1)
    tiles = torch.stack([tile(pictures, place) for place in range(PLACES)], dim=1)
    ink = as_ink(pictures)  # [N, 28, 28], without haze
    middle = slice(SIDE // 2, SIDE // 2 + SIDE)
    least = INSIDE * ink.sum((1, 2))
    row = ink[:, middle].sum((1, 2)) >= least  # [N]
    column = ink[:, :, middle].sum((1, 2)) >= least
    possible = [row & column, *[row & ~column] * 2, *[column & ~row] * 2]
    amount = torch.stack([tile(ink[:, None], p).sum((1, 2)) for p in range(PLACES)], 1)
    return torch.stack(possible, dim=1) & (amount > INK), tiles


def digits_shown(pictures: Tensor) -> Tensor:
    """All tiles of scenes [N, 1, 28, 28] that hold a digit: [M, 14, 14]."""
    inked, tiles = found(pictures)
    return tiles[inked]


def digits_obeyed(seen: Seen, scenes: list[Scene]) -> Tensor:
    """Whether exactly the digits asked for are there, in any places: bool [N]."""
    wanted = [sorted(thing.digit for thing in scene.things) for scene in scenes]
    found = [sorted(d for d in row if d != EMPTY) for row in seen.digits.tolist()]
    return torch.tensor([a == b for a, b in zip(found, wanted, strict=True)])


def obeyed(seen: Seen, scenes: list[Scene]) -> Tensor:
    """Whether each scene shows the digits asked for, placed as asked: bool [N].

    Qualities are judged by `qualities`.
    """
    rows = zip(seen.digits.tolist(), scenes, strict=True)
    return torch.tensor([row == _wanted(scene) for row, scene in rows])


def _wanted(scene: Scene) -> list[int]:
    """The digits of an obedient scene, place by place."""
    row = [EMPTY] * PLACES
    for place, thing in zip(places(scene), scene.things, strict=True):
        row[place] = thing.digit
    return row


def places(scene: Scene) -> tuple[int, ...]:
    """Where the things of a scene belong, in the order of the caption."""
    return AT[scene.relation] if scene.relation else (0,)


def qualities(seen: Seen, scenes: list[Scene]) -> tuple[list[bool], list[bool]]:
    """Of each thickness and each slant asked for: is it on the right side?

    Only scenes whose digits and places are as asked are judged.
    """
    thick, lean = [], []
    for row, (good, scene) in enumerate(zip(obeyed(seen, scenes), scenes, strict=True)):
        for place, thing in zip(places(scene), scene.things, strict=True):
            if good and thing.thickness:
                is_thick = float(seen.thickness[row, place]) > THICKER
                thick.append(is_thick == (thing.thickness == "thick"))
            if good and thing.slant:
                leans = float(seen.slant[row, place]) > LEANING
                lean.append(leans == (thing.slant == "slanted"))
    return thick, lean
