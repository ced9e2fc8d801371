"""A level as whole numbers of one bit a cell, for searching.

Cell (row, column) of a board of width W is bit row * W + column. A set of cells is one
number: `&`, `|` and shifts by 1 or W act on all cells at once. A wall surrounds what
the player can reach, so that no shift leads from one row into the next.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aigc_course.apps.levels.tiles import (
    BOXES,
    GOALS,
    PLAYERS,
    WALL,
    Tiles,
    check,
    where,
)


@dataclass(frozen=True)
class Board:
    """What a search needs: free cells, goals, boxes and the player, as sets of cells.

    width: cells in a row. floor: all cells that are no wall. player: one cell.
    """

    width: int
    floor: int
    goals: int
    boxes: int
    player: int

    @property
    def steps(self) -> tuple[int, int, int, int]:
        """By how many bits a cell moves: left, right, up, down."""
        return -1, 1, -self.width, self.width

    def region(self, cell: int, boxes: int) -> int:
        """All cells that the player reaches from a cell without a push."""
        return flood(cell, self.floor & ~boxes, self.width)


def board(level: Tiles) -> Board:
    """The board of a level that can be played; raises CourseError for others."""
    check(level)
    # a wall around all, so that no row runs into the next
    whole = np.pad(level, 1, constant_values=WALL)
    parts = (whole != WALL, where(whole, GOALS), where(whole, BOXES))
    floor, goals, boxes = (as_number(part) for part in parts)
    player = as_number(where(whole, PLAYERS))
    return Board(whole.shape[1], floor, goals, boxes, player)


def as_number(cells: NDArray[np.bool_]) -> int:
    """A bool array as a number: the first cell is the lowest bit."""
    packed = np.packbits(cells.ravel(), bitorder="little")
    return int.from_bytes(packed.tobytes(), "little")


def as_cells(number: int, height: int, width: int) -> NDArray[np.bool_]:
    """The other way: bool [height, width]."""
    size = (height * width + 7) // 8
    bits = np.frombuffer(number.to_bytes(size, "little"), np.uint8)
    return (
        np.unpackbits(bits, bitorder="little")[: height * width]
        .reshape(height, width)
        .astype(bool)
    )


def shift(cells: int, by: int) -> int:
    """The cells moved by so many bits."""
    return cells << by if by > 0 else cells >> -by


def each(cells: int) -> Iterator[int]:
    """The single cells of a set."""
    while cells:
        lowest = cells & -cells
        yield lowest
        cells ^= lowest


def flood(start: int, free: int, width: int) -> int:
    """All free cells that can be reached from `start` in steps."""
    reached = start
    while True:
        side = reached << 1 | reached >> 1 | reached << width | reached >> width
        wider = (side & free) | reached
        if wider == reached:
            return reached
        reached = wider
