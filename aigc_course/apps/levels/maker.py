"""Levels made backwards: from a solved room, pull the boxes as far away as possible.

Whatever can be pulled apart can be pushed together, so that every level has a solution.
Random pulls make trivial levels; breadth-first search over all pulls finds the states
that need the most pushes (Taylor and Parberry 2011 search backwards for the farthest
state as well).
"""

import random
from dataclasses import dataclass

import numpy as np

from aigc_course.apps.levels.board import Board, each, flood, shift
from aigc_course.apps.levels.solver import fewest_moves
from aigc_course.apps.levels.tiles import (
    BOX,
    BOX_ON_GOAL,
    FLOOR,
    GOAL,
    PLAYER,
    PLAYER_ON_GOAL,
    WALL,
    Tiles,
)
from aigc_course.errors import CourseError

SIZE = 7  # of a level with its walls
BOXES = (1, 2, 3)
MOST_STATES = 4_000  # of one backward search
LEAST_PUSHES = 2
FLOOR_SHARE = (0.6, 0.9)  # of the inner cells that a room opens


@dataclass(frozen=True)
class Made:
    """A level, its boxes, its fewest pushes, and the states that were looked at."""

    level: Tiles
    boxes: int
    pushes: int
    states: int


def make(
    boxes: int, chance: random.Random, size: int = SIZE, farthest: bool = True
) -> Made:
    """A level that can be solved, with so many boxes.

    size: cells on a side, walls included. farthest: take the last state of the search;
    False takes any of its states but the first.

    Raises CourseError for sizes below 5 or above 20, and boxes not 1 to 5.
    """
    if not 5 <= size <= 20 or not 1 <= boxes <= 5:
        raise CourseError(
            f"A level has 5 to 20 cells on a side and 1 to 5 boxes, not {size} and"
            f" {boxes}."
        )
    while True:
        floor = room(size, chance)
        cells = list(each(floor))
        if len(cells) < 2 * boxes + 2:
            continue
        goals = sum(chance.sample(cells, boxes))
        found = pulled(Board(size, floor, goals, goals, 0))
        # one push is no puzzle
        found_far = [one for one in found if one[0] >= LEAST_PUSHES]
        if found_far:
            depth, state = found[-1] if farthest else chance.choice(found_far)
            player = chance.choice(list(each(state[1])))
            level = drawn(Board(size, floor, goals, state[0], player))
            return Made(level, boxes, depth, len(found))


def room(size: int, chance: random.Random) -> int:
    """A connected room inside the walls, opened by a random walk: a set of cells."""
    inner = [(r, c) for r in range(1, size - 1) for c in range(1, size - 1)]
    wanted = chance.uniform(*FLOOR_SHARE) * len(inner)
    r, c = chance.choice(inner)
    open_cells = {(r, c)}
    while len(open_cells) < wanted:
        dr, dc = chance.choice(((0, 1), (0, -1), (1, 0), (-1, 0)))
        r = min(max(r + dr, 1), size - 2)
        c = min(max(c + dc, 1), size - 2)
        open_cells.add((r, c))
    return sum(1 << (r * size + c) for r, c in open_cells)


def pulled(b: Board) -> list[tuple[int, tuple[int, int]]]:
    """All states that pulls reach from b's: (pulls, (boxes, region)), nearest first.

    The search starts with the player in every region. It ends after MOST_STATES states.
    """
    layer = []
    rest = b.floor & ~b.boxes
    while rest:
        region = flood(rest & -rest, b.floor & ~b.boxes, b.width)
        layer.append((b.boxes, region))
        rest &= ~region
    seen = set(layer)
    found = [(0, state) for state in layer]
    depth = 0
    while layer and len(found) < MOST_STATES:
        depth += 1
        after = [new for state in layer for new in _before(b, state)]
        layer = list(dict.fromkeys(state for state in after if state not in seen))
        seen.update(layer)
        found += [(depth, state) for state in layer]
    return found


def _before(b: Board, state: tuple[int, int]) -> list[tuple[int, int]]:
    """The states that one pull makes of a state."""
    boxes, region = state
    free = b.floor & ~boxes
    found = []
    for by in b.steps:
        # the player at p steps to p + by, and the box at p - by follows to p
        for p in each(region & shift(boxes, by) & shift(free, -by)):
            moved = boxes ^ shift(p, -by) | p
            found.append((moved, b.region(shift(p, by), moved)))
    return found


def drawn(b: Board) -> Tiles:
    """The board as tiles."""
    size = b.width
    level = np.full(size * size, WALL, dtype=np.uint8)
    for i in range(size * size):
        cell = 1 << i
        if cell & b.floor:
            on = bool(cell & b.goals)
            if cell & b.boxes:
                level[i] = BOX_ON_GOAL if on else BOX
            elif cell & b.player:
                level[i] = PLAYER_ON_GOAL if on else PLAYER
            else:
                level[i] = GOAL if on else FLOOR
    return level.reshape(size, size)


def moves_of(level: Tiles) -> int:
    """The fewest moves that solve a made level."""
    moves, _ = fewest_moves(level)
    assert moves is not None
    return moves
