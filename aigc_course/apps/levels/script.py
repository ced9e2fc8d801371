"""How a level is written as tokens: what is asked, the room, then who stands where.

Before each level stand two tokens: how many boxes, and how many moves a shortest
solution has, in one of seven bands. Then come the 25 cells within the outer wall as
floor, wall or goal, row by row. Then come the places of the boxes in the order of the
cells, and last the place of the player. So boxes are placed when the whole room is
known, as the maker places them as well.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aigc_course.apps.levels.maker import BOXES, SIZE
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
from aigc_course.apps.levels.tiles import BOXES as BOX_TILES
from aigc_course.apps.levels.tiles import PLAYERS as PLAYER_TILES

INNER = SIZE - 2
CELLS = INNER * INNER  # 25
LENGTH = CELLS + BOXES[-1] + 1  # tokens of a level: 25 cells, up to 3 boxes, the player
EDGES = (10, 13, 16, 19, 23, 28)  # the first move of each band but the first
BANDS = (
    "2 to 9",
    "10 to 12",
    "13 to 15",
    "16 to 18",
    "19 to 22",
    "23 to 27",
    "28 or more",
)
FIRST_PLACE = 3  # after floor, wall and goal: the token of the first cell as a place
FIRST_BOXES = FIRST_PLACE + CELLS  # the token of one box
FIRST_BAND = FIRST_BOXES + len(BOXES)
NO_BAND = FIRST_BAND + len(BANDS)  # in place of a band: any number of moves
VOCABULARY = NO_BAND + 1

# by tile: what the room has there, and what a box or the player makes of a cell
GROUND = torch.tensor([FLOOR, WALL, GOAL, FLOOR, GOAL, FLOOR, GOAL])
WITH_BOX = torch.tensor([BOX, BOX, BOX_ON_GOAL, BOX, BOX_ON_GOAL, BOX, BOX_ON_GOAL])
WITH_PLAYER = torch.tensor([PLAYER, PLAYER, PLAYER_ON_GOAL] + 2 * [PLAYER])


def bands(moves: NDArray[np.int64]) -> NDArray[np.int64]:
    """The band of each number of moves, 0 to 6."""
    return np.searchsorted(np.array(EDGES), moves, side="right")


def band_of(moves: int) -> int:
    """The band of one number of moves, 0 to 6."""
    return int(bands(np.array(moves)))


def prefix(boxes: NDArray[np.int64], moves: NDArray[np.int64]) -> Tensor:
    """The two tokens before each level, int [N, 2]."""
    tokens = np.stack([FIRST_BOXES + boxes - 1, FIRST_BAND + bands(moves)], axis=1)
    return torch.from_numpy(tokens.astype(np.int64))


def inside(levels: Tiles) -> Tensor:
    """The tiles within the outer wall, int [N, 5, 5]."""
    return torch.from_numpy(levels[:, 1:-1, 1:-1].astype(np.int64))


def walled(tiles: Tensor) -> Tiles:
    """Inner tiles [N, 25] with the wall around them, uint8 [N, 7, 7]."""
    inner = tiles.reshape(-1, INNER, INNER).numpy().astype(np.uint8)
    return np.pad(inner, ((0, 0), (1, 1), (1, 1)), constant_values=WALL)


def turned(tiles: Tensor, way: int) -> Tensor:
    """One of the eight symmetries, way 0 to 7, of tiles [N, 5, 5]."""
    turned = torch.rot90(tiles, way % 4, (1, 2))
    return turned.flip(2) if way >= 4 else turned


def spelled(tiles: Tensor) -> tuple[Tensor, Tensor]:
    """Tokens of levels [N, 5, 5], int [N, 29], and which of them count, bool [N, 29].

    A level with fewer than three boxes ends earlier; the rest is 0 and does not count.
    """
    flat = tiles.flatten(1)  # [N, 25]
    box = torch.isin(flat, torch.tensor(BOX_TILES))
    player = torch.isin(flat, torch.tensor(PLAYER_TILES))
    # stable sort: cells with a box first, in their order; then those with the player
    rank = torch.where(box, 0, torch.where(player, 1, 2))
    places = rank.argsort(dim=1, stable=True)[:, : LENGTH - CELLS] + FIRST_PLACE
    told = torch.arange(LENGTH - CELLS) <= box.sum(dim=1, keepdim=True)  # [N, 4]
    tokens = torch.cat([GROUND[flat], torch.where(told, places, 0)], dim=1)
    return tokens, torch.cat([torch.ones_like(box), told], dim=1)


def read_back(tokens: Tensor, boxes: Tensor) -> Tiles:
    """Levels uint8 [N, 7, 7] from tokens [N, 29] with so many boxes [N].

    What is placed on a wall, a box or the player takes its place.
    """
    tiles, rows = tokens[:, :CELLS].clone(), torch.arange(len(tokens))
    places = tokens[:, CELLS:] - FIRST_PLACE
    for number in range(BOXES[-1]):
        at = places[:, number].clamp(min=0)
        here = tiles[rows, at]
        tiles[rows, at] = torch.where(number < boxes, WITH_BOX[here], here)
    at = places[rows, boxes]
    tiles[rows, at] = WITH_PLAYER[tiles[rows, at]]
    return walled(tiles)


def in_order(tokens: Tensor) -> Tensor:
    """Which kinds of tokens may follow: ground, places, the 0 at the end; bool [N, V].

    tokens: so far, int [N, 2 + t].
    """
    may = torch.zeros(len(tokens), VOCABULARY, dtype=torch.bool)
    placed = tokens.shape[1] - 2 - CELLS
    if placed < 0:
        may[:, :FIRST_PLACE] = True
        return may
    done = placed > tokens[:, 0] - FIRST_BOXES + 1
    may[:, FIRST_PLACE:FIRST_BOXES] = ~done[:, None]
    may[:, 0] = done
    return may


def fitting(tokens: Tensor) -> Tensor:
    """Which tokens leave a level with one player and as many boxes and goals as asked.

    tokens: so far, int [N, 2 + t]. Returns bool [N, V]. The room keeps as many goals as
    boxes and a free cell for each box and the player; nothing is placed on a wall, and
    no two things on one cell.
    """
    may, boxes = in_order(tokens), tokens[:, :1] - FIRST_BOXES + 1  # [N, V], [N, 1]
    written = tokens[:, 2 : 2 + CELLS]
    left = CELLS - written.shape[1] - 1  # cells after the next one
    if left >= 0:
        goals = (written == GOAL).sum(dim=1, keepdim=True)
        free = (written != WALL).sum(dim=1, keepdim=True)
        may[:, [FLOOR, WALL]] &= boxes - goals <= left
        may[:, [WALL]] &= boxes + 1 - free <= left
        may[:, [GOAL]] &= goals < boxes
    else:
        placed = tokens[:, 2 + CELLS :] - FIRST_PLACE  # [N, t - 25]
        may[:, FIRST_PLACE:FIRST_BOXES] &= _places(written != WALL, placed, boxes)
    return may


def _places(free: Tensor, placed: Tensor, boxes: Tensor) -> Tensor:
    """Where the next box or the player may stand, bool [N, 25]."""
    number = placed.shape[1]
    cells = torch.arange(CELLS)
    taken = (placed[:, :, None] == cells).any(dim=1)
    last = placed[:, -1:] if number else -torch.ones_like(boxes)
    # the boxes after this one stand on free cells behind it
    behind = free.flip(1).cumsum(dim=1).flip(1) - free.long()
    box = free & (cells > last) & (behind >= boxes - number - 1)
    return torch.where(number < boxes, box, free & ~taken)
