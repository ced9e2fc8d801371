"""Rivals without a network: a table of neighbours, and levels with one change."""

import numpy as np
from numpy.typing import NDArray

from aigc_course.apps.levels.tiles import TILES, WALL, Tiles

# what is written before a tile and lies near it: left, above, above left, above right
NEAR = ((0, -1), (-1, 0), (-1, -1), (-1, 1))
KINDS = len(TILES)
TRUST = 1.0  # how many observations the shorter context is worth


class TileCounts:
    """A tile n-gram: each tile given its written neighbours, by counting.

    p(tile | left, above, above left, above right), each context mixed with the one that
    lacks its last neighbour: (c(tile) + a p_shorter(tile)) / (c + a). Snodgrass and
    Ontañón (2013) make levels by such chains of neighbours.

    levels: uint8 [N, H, W], with their walls around; the eight symmetries are added.
    """

    def __init__(self, levels: Tiles) -> None:
        self.side = levels.shape[1]
        whole = np.concatenate(
            [
                np.rot90(part, k, (1, 2))
                for part in (levels, levels[:, :, ::-1])
                for k in range(4)
            ]
        )
        self.tables = [
            np.zeros((KINDS**order, KINDS)) for order in range(len(NEAR) + 1)
        ]
        inner = whole[:, 1:-1, 1:-1].reshape(-1)
        context = np.zeros_like(inner, dtype=np.int64)
        for order, table in enumerate(self.tables):
            np.add.at(table, (context, inner), 1)
            if order < len(NEAR):
                context = context * KINDS + _neighbour(whole, NEAR[order])

    def shares(self, near: NDArray[np.int64]) -> NDArray[np.float64]:
        """Probabilities of the seven tiles after neighbours [N, 4], float [N, 7]."""
        p = np.full((len(near), KINDS), 1 / KINDS)
        context = np.zeros(len(near), dtype=np.int64)
        for order, table in enumerate(self.tables):
            c = table[context]
            p = (c + TRUST * p) / (c.sum(axis=1, keepdims=True) + TRUST)
            if order < len(NEAR):
                context = context * KINDS + near[:, order]
        return p

    def draw(self, n: int, chance: np.random.Generator) -> Tiles:
        """n levels, uint8 [n, H, W], written row by row inside a wall."""
        levels = np.full((n, self.side, self.side), WALL, dtype=np.uint8)
        for r in range(1, self.side - 1):
            for c in range(1, self.side - 1):
                near = np.stack([levels[:, r + y, c + x] for y, x in NEAR], axis=1)
                p = self.shares(near.astype(np.int64))
                # the first tile whose cumulative share exceeds a uniform number
                u = chance.random((n, 1))
                tile = (p.cumsum(axis=1) < u).sum(axis=1)
                levels[:, r, c] = np.minimum(tile, KINDS - 1)
        return levels


def changed(levels: Tiles, chance: np.random.Generator, swaps: int = 1) -> Tiles:
    """Levels in which `swaps` pairs of different inner tiles changed places."""
    made = levels.copy()
    side = levels.shape[1]
    for level in made:
        for _ in range(swaps):
            while True:
                a, b = chance.integers(1, side - 1, (2, 2))
                if level[*a] != level[*b]:
                    break
            level[*a], level[*b] = int(level[*b]), int(level[*a])
    return made


def _neighbour(levels: Tiles, step: tuple[int, int]) -> NDArray[np.int64]:
    """The tile that lies so far from each inner tile, flat."""
    y, x = step
    size = levels.shape[1]
    moved = levels[:, 1 + y : size - 1 + y, 1 + x : size - 1 + x]
    return moved.reshape(-1).astype(np.int64)
