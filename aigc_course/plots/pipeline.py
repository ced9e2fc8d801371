"""Boxes and arrows: the way from data to use."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from aigc_course.plots.figures import BLUE, DARK_VERMILION, VERMILION, new_figure

WIDTH, HEIGHT, GAP = 1.5, 0.9, 0.42  # of a box, and between two boxes


@dataclass(frozen=True)
class Stage:
    """A box: `title` in bold, `detail` beneath it (may hold line breaks), `where`
    under the box."""

    title: str
    detail: str = ""
    where: str = ""


@dataclass(frozen=True)
class Return:
    """A way back from a later stage to an earlier one, both counted from 0."""

    start: int
    end: int
    label: str


def pipeline(stages: Sequence[Stage], returns: Sequence[Return] = ()) -> Figure:
    """Stages from left to right with arrows between them, ways back above in dashes.

    Each way back has its own height, in the order given, lowest first.
    """
    length = len(stages) * (WIDTH + GAP) - GAP
    top = HEIGHT + 0.35 + 0.4 * len(returns)
    figure = new_figure(0.86 * length, 0.86 * (top + 0.5))
    axes = figure.subplots()
    axes.set(xlim=(-0.1, length + 0.1), ylim=(-0.45, top), aspect="equal")
    axes.set_axis_off()
    for place, stage in enumerate(stages):
        _box(axes, _left(place), stage)
    for place in range(1, len(stages)):
        _arrow(axes, (_left(place) - GAP, HEIGHT / 2), (_left(place), HEIGHT / 2))
    for row, back in enumerate(returns):
        _way_back(axes, back, HEIGHT + 0.35 + 0.4 * row, _shift(row, len(returns)))
    return figure


def _left(place: int) -> float:
    return place * (WIDTH + GAP)


def _shift(row: int, rows: int) -> float:
    """Sideways, so that ways back between the same boxes do not run into each other."""
    return 0.28 * (row - (rows - 1) / 2)


def _box(axes: Axes, left: float, stage: Stage) -> None:
    style: dict[str, Any] = {"facecolor": "0.96", "edgecolor": BLUE, "linewidth": 1.4}
    rounded = "round,pad=0,rounding_size=0.1"
    axes.add_patch(FancyBboxPatch((left, 0), WIDTH, HEIGHT, rounded, **style))
    middle = left + WIDTH / 2
    centred: dict[str, Any] = {"ha": "center", "va": "center"}
    high = 0.76 if stage.detail else 0.5
    axes.text(middle, high * HEIGHT, stage.title, weight="bold", fontsize=9, **centred)
    axes.text(middle, 0.34 * HEIGHT, stage.detail, fontsize=7.5, **centred)
    axes.text(middle, -0.24, stage.where, fontsize=8, color=BLUE, **centred)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 12}
    axes.add_patch(FancyArrowPatch(start, end, shrinkA=1, shrinkB=1, **style))


def _way_back(axes: Axes, back: Return, height: float, shift: float) -> None:
    start = _left(back.start) + WIDTH / 2 + shift
    end = _left(back.end) + WIDTH / 2 - shift  # higher ways land outside lower ones
    x, y = [start, start, end], [HEIGHT, height, height]
    axes.plot(x, y, "--", color=VERMILION, linewidth=1.2)
    style: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 11, "shrinkA": 0}
    down = FancyArrowPatch((end, height), (end, HEIGHT), color=VERMILION, **style)
    axes.add_patch(down)
    middle: dict[str, Any] = {"ha": "center", "va": "bottom", "color": DARK_VERMILION}
    axes.text((start + end) / 2, height + 0.04, back.label, fontsize=8, **middle)
