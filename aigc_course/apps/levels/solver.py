"""Solve a level completely: solvable, impossible, or unknown after a limit.

A state is where the boxes are and which region the player can walk in; which cell of
the region it is makes no difference (Junghanns and Schaeffer 2001 normalise the
player's place for the same reason). Breadth-first over pushes finds a solution with the
fewest pushes. A box on a dead square, from which a lone box reaches no goal, ends a
branch.
"""

from collections import deque
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from aigc_course.apps.levels.board import Board, as_cells, board, each, shift
from aigc_course.apps.levels.tiles import Tiles

Verdict = Literal["solved", "impossible", "unknown"]
MOST = 200_000  # states before a search gives up
LETTERS = "lrud"  # left, right, up, down; capitals push

State = tuple[int, int]  # boxes and the player's region, or the player's cell
Push = tuple[int, int]  # the cell of the box, and the direction 0 to 3


@dataclass(frozen=True)
class Answer:
    """What a search found.

    verdict: "impossible" is proved; "unknown" says that the limit came first. moves: of
    a solution, in the letters lrud, capitals for pushes. states: that were looked at.
    """

    verdict: Verdict
    moves: str
    states: int

    @property
    def pushes(self) -> int:
        """How many of the moves push a box."""
        return sum(letter.isupper() for letter in self.moves)


def solve(level: Tiles, most: int = MOST) -> Answer:
    """A solution with the fewest pushes, a proof that there is none, or "unknown".

    most: states to look at. Raises CourseError for a level that cannot be played.
    """
    b = board(level)
    live = live_cells(b)
    start = b.boxes, b.region(b.player, b.boxes)
    came: dict[State, tuple[State, Push] | None] = {start: None}
    queue = deque([start])
    while queue:
        state = queue.popleft()
        if state[0] == b.goals:
            return Answer("solved", _walk(b, _pushes(came, state)), len(came))
        if len(came) > most:
            return Answer("unknown", "", len(came))
        for push, after in _after(b, state, live):
            if after not in came:
                came[after] = state, push
                queue.append(after)
    return Answer("impossible", "", len(came))


def fewest_moves(level: Tiles, most: int = MOST) -> tuple[int | None, int]:
    """The moves of a solution with the fewest moves, and the states looked at.

    None where there is no solution, or none before `most` states. Here a state is the
    boxes and the player's own cell, which makes many more states than `solve` has.
    """
    b = board(level)
    live = live_cells(b)
    seen = {(b.boxes, b.player)}
    layer, moves = list(seen), 0
    while layer and len(seen) <= most:
        after = []
        for boxes, player in layer:
            if boxes == b.goals:
                return moves, len(seen)
            for by in b.steps:
                cell = shift(player, by)
                moved = boxes
                if cell & boxes:
                    beyond = shift(cell, by)
                    if not beyond & live & ~boxes:
                        continue
                    moved = boxes ^ cell | beyond
                elif not cell & b.floor:
                    continue
                state = moved, cell
                if state not in seen:
                    seen.add(state)
                    after.append(state)
        layer, moves = after, moves + 1
    return None, len(seen)


def live_cells(b: Board) -> int:
    """The cells from which a lone box can be pushed to some goal.

    Found by pulling a box away from each goal: from cell c to c + step, where the
    player needs c + 2 steps.
    """
    live = todo = b.goals & b.floor
    while todo:
        new = 0
        for by in b.steps:
            pulled = shift(todo, by) & b.floor
            new |= pulled & shift(b.floor, -by)
        todo = new & ~live
        live |= new
    return live


def live(level: Tiles) -> NDArray[np.bool_]:
    """`live_cells` as a bool array [H, W]."""
    height, width = level.shape
    return as_cells(live_cells(board(level)), height + 2, width + 2)[1:-1, 1:-1]


def _after(b: Board, state: State, live: int) -> list[tuple[Push, State]]:
    """All pushes from a state, and where they lead."""
    boxes, region = state
    found = []
    for direction, by in enumerate(b.steps):
        # boxes next to the region, with a free and live cell behind them
        may = boxes & shift(region, by) & shift(live & ~boxes, -by)
        for cell in each(may):
            moved = boxes ^ cell | shift(cell, by)
            found.append(((cell, direction), (moved, b.region(cell, moved))))
    return found


def _pushes(came: dict[State, tuple[State, Push] | None], state: State) -> list[Push]:
    """The pushes that led to a state, first to last."""
    pushes = []
    while (step := came[state]) is not None:
        state, push = step
        pushes.append(push)
    return pushes[::-1]


def _walk(b: Board, pushes: list[Push]) -> str:
    """The moves between the pushes as well."""
    told, boxes, player = "", b.boxes, b.player
    for cell, direction in pushes:
        by = b.steps[direction]
        told += path(b, player, shift(cell, -by), boxes) + LETTERS[direction].upper()
        boxes, player = boxes ^ cell | shift(cell, by), cell
    return told


def path(b: Board, start: int, goal: int, boxes: int) -> str:
    """A shortest walk between two cells without a push, as letters."""
    came, layer = {start: ""}, [start]
    while goal not in came:
        after = []
        for cell in layer:
            for letter, by in zip(LETTERS, b.steps, strict=True):
                new = shift(cell, by)
                if new & b.floor & ~boxes and new not in came:
                    came[new] = came[cell] + letter
                    after.append(new)
        layer = after
    return came[goal]
