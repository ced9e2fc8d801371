"""Other right answers to 16.brick_tiles."""

import torch

from tests.also_right import also_right


@also_right
def by_indices(tile, rows, columns):
    _, h, w = tile.shape
    down = torch.arange(rows * h)[:, None]
    right = torch.arange(columns * w)[None]
    moved = right - (down // h % 2) * (w // 2)
    return tile[:, down % h, moved % w]


@also_right
def two_kinds_of_rows(tile, rows, columns):
    half = tile.shape[2] // 2
    other = torch.cat([tile[:, :, half:], tile[:, :, :half]], dim=2)
    kinds = tile.repeat(1, 1, columns), other.repeat(1, 1, columns)
    return torch.cat([kinds[r % 2] for r in range(rows)], dim=1)
