"""Levels as asked, made backwards until enough of them fit: no network is needed."""

import random
from dataclasses import dataclass

from aigc_course.apps.levels.maker import make, moves_of
from aigc_course.apps.levels.script import BANDS, band_of
from aigc_course.apps.levels.tiles import Tiles, canonical
from aigc_course.apps.levels.writer import Asked
from aigc_course.errors import CourseError


@dataclass(frozen=True)
class Found:
    """Levels that were kept, their fewest moves, and how many were made."""

    levels: list[Tiles]
    moves: list[int]
    made: int


def solvable(asked: Asked, n: int, seed: int, most: int) -> Found:
    """n different levels with the boxes asked for and moves in the band asked for.

    Different: after turning and mirroring as well. The same seed gives the same levels.
    most: levels to make before giving up. Raises CourseError when they are not enough.
    """
    chance = random.Random(seed)
    kept: dict[bytes, tuple[Tiles, int]] = {}
    made = 0
    while len(kept) < n:
        if made >= most:
            boxes = "1 box" if asked.boxes == 1 else f"{asked.boxes} boxes"
            raise CourseError(
                f"Among {made:,} levels with {boxes} only {len(kept)} different ones"
                f" need {BANDS[asked.band]} moves: ask for fewer, or another length."
            )
        made += 1
        level = make(asked.boxes, chance).level
        moves = moves_of(level)
        if band_of(moves) == asked.band:
            kept.setdefault(canonical(level), (level, moves))
    levels = list(kept.values())
    return Found([one for one, _ in levels], [moves for _, moves in levels], made)
