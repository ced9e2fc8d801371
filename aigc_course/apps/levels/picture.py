"""Levels as pictures: a colour and a shape for each kind of tile."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from aigc_course.apps.levels.tiles import (
    BOXES,
    GOALS,
    NAMES,
    PLAYERS,
    WALL,
    Tiles,
    where,
)

# Okabe and Ito's colours; the shapes differ as well
WALLS, BOX, SET, MAN, AIM = "#5c5c5c", "#E69F00", "#009E73", "#0072B2", "#D55E00"


def levels(
    shown: Sequence[Tiles], titles: Sequence[str] = (), columns: int = 6
) -> Figure:
    """Levels side by side: walls grey, boxes square, goals rings, the player a disc.

    A box on a goal is green. titles: one above each level, or none.
    """
    columns = min(columns, len(shown))
    rows = -(-len(shown) // columns)
    figure = Figure(figsize=(1.35 * columns, (1.65 if titles else 1.4) * rows))
    for i, level in enumerate(shown):
        axes = figure.add_subplot(rows, columns, i + 1)
        _draw(axes, level)
        if titles:
            axes.set_title(titles[i], fontsize=8)
    figure.tight_layout(pad=0.4)
    return figure


def _draw(axes: Axes, level: Tiles) -> None:
    height, width = level.shape
    axes.set(xlim=(0, width), ylim=(height, 0), xticks=[], yticks=[], aspect="equal")
    goals = where(level, GOALS)
    parts = ((level == WALL, WALLS, 1.0), (where(level, BOXES), BOX, 0.7))
    for cells, colour, size in parts:
        for r, c in np.argwhere(cells):
            face = SET if colour == BOX and goals[r, c] else colour
            corner = (c + (1 - size) / 2, r + (1 - size) / 2)
            axes.add_patch(Rectangle(corner, size, size, color=face))
    for r, c in np.argwhere(where(level, PLAYERS)):
        axes.add_patch(Circle((c + 0.5, r + 0.5), 0.3, color=MAN))
    for r, c in np.argwhere(goals):
        axes.add_patch(Circle((c + 0.5, r + 0.5), 0.16, fill=False, lw=1.6, color=AIM))


def in_words(level: Tiles) -> str:
    """Where what stands, for those who cannot see it: rows and columns count from 1."""
    told = []
    for code in range(2, len(NAMES)):
        cells = [f"row {r + 1} column {c + 1}" for r, c in np.argwhere(level == code)]
        if cells:
            told.append(f"{NAMES[code]} at {', '.join(cells)}")
    height, width = level.shape
    return f"A level of {height} rows and {width} columns: {'; '.join(told)}."
