"""Many different levels with what is known of them: boxes, pushes and moves."""

import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aigc_course.apps.levels.maker import BOXES, make, moves_of
from aigc_course.apps.levels.tiles import Tiles, canonical
from aigc_course.errors import CourseError

WEIGHTS = (1, 2, 2)  # how often one, two and three boxes are made
SEED = 16
TRAIN, VALID, TEST = 40_000, 1_000, 1_000  # of the long training, see benchmarks/levels
MOST = 200_000


@dataclass(frozen=True)
class Corpus:
    """Levels uint8 [N, 7, 7], no two of them equal after turning and mirroring.

    boxes, pushes and moves: int [N]; of pushes and moves the fewest that solve a level.
    """

    tiles: Tiles
    boxes: NDArray[np.int64]
    pushes: NDArray[np.int64]
    moves: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.tiles)

    def part(self, rows: slice | NDArray[np.int64]) -> "Corpus":
        """Some of the levels."""
        return Corpus(
            self.tiles[rows], self.boxes[rows], self.pushes[rows], self.moves[rows]
        )


def corpus(n: int, seed: int = SEED) -> Corpus:
    """n levels made backwards, the same for the same seed.

    Raises CourseError for n out of range.
    """
    if not 1 <= n <= MOST:
        raise CourseError(f"A corpus has 1 to {MOST:,} levels, not {n}.")
    chance = random.Random(seed)
    known: set[bytes] = set()
    found: list[Tiles] = []
    facts: list[tuple[int, int, int]] = []
    while len(found) < n:
        (boxes,) = chance.choices(BOXES, WEIGHTS)
        made = make(boxes, chance)
        name = canonical(made.level)
        if name in known:
            continue
        known.add(name)
        found.append(made.level)
        facts.append((made.boxes, made.pushes, moves_of(made.level)))
    return Corpus(np.stack(found), *np.array(facts, dtype=np.int64).T)


def split(n: int, valid: int, seed: int = SEED) -> tuple[Corpus, Corpus]:
    """n levels to learn from and `valid` others; no two share a symmetry class."""
    both = corpus(n + valid, seed)
    return both.part(slice(n)), both.part(slice(n, n + valid))
