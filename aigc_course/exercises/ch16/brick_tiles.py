"""Exercise on another way to lay tiles: each second row is moved by half a tile."""

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "16.brick_tiles",
    order=96,
    title="Tiles laid like bricks",
    difficulty=2,
    minutes=10,
    asks="method",
    idea="Lay one row of tiles first. Every other row is this row, moved to the right"
    " by half a tile; what leaves on the right comes in on the left.",
    formula="row r is the tile repeated `columns` times along the width, rolled to the"
    " right by (r % 2) * W // 2 pixels. Join the rows along the height.",
    line="Write `row = tile.repeat(1, 1, columns); return torch.cat([row.roll(r % 2 *"
    " (tile.shape[2] // 2), 2) for r in range(rows)], 1)`.",
    variation="Cloth is often printed with a half drop: each second column is moved"
    " down by half a tile. Write it.",
)


@exercise.answer
def brick_tiles(tile: Tensor, rows: int, columns: int) -> Tensor:
    """A wall of tiles in which the second, fourth, ... row is moved by half a tile.

    tile: [C, H, W], W even. rows, columns: how many tiles. Returns [C, rows * H,
    columns * W]. The first row begins with a whole tile. The other rows move to the
    right, and what leaves on the right comes in on the left.
    """
    return _laid(tile, rows, columns, tile.shape[2] // 2)


def _laid(tile: Tensor, rows: int, columns: int, by: int) -> Tensor:
    """Rows of tiles, each second one rolled by so many pixels."""
    row = tile.repeat(1, 1, columns)
    return torch.cat([row.roll(r % 2 * by, 2) for r in range(rows)], 1)


def _picture(channels: int, height: int, width: int) -> Tensor:
    """Pixels that are all different."""
    return torch.arange(1.0, channels * height * width + 1).view(
        channels, height, width
    )


Case = tuple[Tensor, int, int]


@exercise.inputs
def walls() -> list[Case]:
    return [
        (_picture(1, 2, 4), 2, 2),
        (_picture(3, 4, 6), 3, 2),
        (_picture(2, 4, 2), 1, 3),
        (_picture(1, 2, 8), 4, 1),
        (_picture(3, 2, 4), 4, 3),
    ]


@exercise.must_hold
def the_size_is_right(f) -> bool:
    """A wall of 3 by 2 tiles of 2 by 4 pixels has 6 by 8 pixels."""
    return tuple(f(_picture(3, 2, 4), 3, 2).shape) == (3, 6, 8)


@exercise.must_hold
def the_first_row_is_whole(f) -> bool:
    """The first row begins with a whole tile."""
    tile = _picture(2, 3, 4)
    return torch.equal(f(tile, 3, 2)[:, :3, :4], tile)


@exercise.must_hold
def two_rows_repeat(f) -> bool:
    """The third row of tiles is the first one again, and the second one is not."""
    wall = f(_picture(1, 2, 4), 3, 2)
    return torch.equal(wall[:, :2], wall[:, 4:]) and not torch.equal(
        wall[:, :2], wall[:, 2:4]
    )


@exercise.mistake(hint="idea")
def straight(tile, rows, columns):
    """You lay all rows alike. Each second row begins with half a tile."""
    return tile.repeat(1, rows, columns)


@exercise.mistake(hint="formula")
def first_row_moved(tile, rows, columns):
    """You move the first, third, ... row. The first row begins with a whole tile; move
    the second, fourth, ... row."""
    row, by = tile.repeat(1, 1, columns), tile.shape[2] // 2
    return torch.cat([row.roll((r + 1) % 2 * by, 2) for r in range(rows)], 1)


@exercise.mistake(hint="formula")
def columns_moved(tile, rows, columns):
    """You move each second column down. That is a half drop; here each second row moves
    to the right."""
    column, by = tile.repeat(1, rows, 1), tile.shape[1] // 2
    return torch.cat([column.roll(c % 2 * by, 1) for c in range(columns)], 2)


@exercise.mistake(hint="formula")
def moved_by_one_pixel(tile, rows, columns):
    """You move each second row by one pixel. Half a tile is W // 2 pixels."""
    return _laid(tile, rows, columns, 1)


@exercise.mistake(hint="formula")
def moved_by_half_the_row(tile, rows, columns):
    """You move each second row by half the width of the whole wall. Move it by half the
    width of one tile."""
    return _laid(tile, rows, columns, tile.shape[2] * columns // 2)


@exercise.mistake(hint="formula")
def half_the_height(tile, rows, columns):
    """You move each second row by half the height of a tile. It moves along the width:
    take half the width."""
    return _laid(tile, rows, columns, tile.shape[1] // 2)


@exercise.mistake(hint="idea")
def second_rows_mirrored(tile, rows, columns):
    """You mirror each second row. Its tiles are not turned over: they are moved."""
    row = tile.repeat(1, 1, columns)
    return torch.cat([row.flip(2) if r % 2 else row for r in range(rows)], 1)


@exercise.mistake(hint="formula")
def nothing_comes_in(tile, rows, columns):
    """You leave half a tile empty at the left of each second row. What leaves on the
    right comes in there."""
    wall, by = _laid(tile, rows, columns, tile.shape[2] // 2), tile.shape[2] // 2
    for r in range(1, rows, 2):
        wall[:, r * tile.shape[1] : (r + 1) * tile.shape[1], :by] = 0
    return wall


@exercise.mistake(hint="formula")
def rows_and_columns_exchanged(tile, rows, columns):
    """You exchange the number of rows and of columns. Rows lie along the height."""
    return _laid(tile, columns, rows, tile.shape[2] // 2)


@exercise.mistake(hint="idea")
def pixels_repeated(tile, rows, columns):
    """You repeat each pixel in place of the whole tile, so that the tile gets larger.
    `Tensor.repeat` lays whole tiles side by side."""
    wide = tile.repeat_interleave(columns, 2)
    row = wide.roll(tile.shape[2] // 2, 2)
    return torch.cat([row if r % 2 else wide for r in range(rows)], 1)


@exercise.mistake(hint="line")
def no_dimension(tile, rows, columns):
    """You roll without naming the dimension, so pixels go from the end of one line to
    the next one. Roll along dimension 2."""
    row, by = tile.repeat(1, 1, columns), tile.shape[2] // 2
    return torch.cat([row.roll(by) if r % 2 else row for r in range(rows)], 1)


@exercise.mistake(hint="formula")
def all_rows_moved(tile, rows, columns):
    """You move every row. The first, third, ... row stays."""
    return tile.repeat(1, rows, columns).roll(tile.shape[2] // 2, 2)


@exercise.mistake(hint="formula")
def lines_of_pixels(tile, rows, columns):
    """You move each second line of pixels. A row of tiles is H lines high, and all of
    them move together."""
    wall = tile.repeat(1, rows, columns)
    wall[:, 1::2] = wall[:, 1::2].roll(tile.shape[2] // 2, 2)
    return wall


@exercise.mistake(hint="formula")
def joined_sideways(tile, rows, columns):
    """You join the rows along the width. They lie one below the other: join them along
    the height."""
    row, by = tile.repeat(1, 1, columns), tile.shape[2] // 2
    return torch.cat([row.roll(r % 2 * by, 2) for r in range(rows)], 2)
