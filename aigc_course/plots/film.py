"""A film strip: a few moments of a game in the plane, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from aigc_course.plots.figures import BLUE, VERMILION, new_figure

# pale orange where D takes a point for generated, pale blue where for real
BELIEF = LinearSegmentedColormap.from_list("belief", ["#F3BE6E", "white", "#78B4DC"])


@dataclass(frozen=True)
class Moment:
    """What one picture shows.

    real, fake: points [n, 2]. surface: D over the plane, [rows, cols] from 0
    (generated) to 1 (real), rows upwards. bounds: left, right, bottom, top of it.
    border: height at which D is undecided, None for a critic. lattice: where G sends a
    square lattice of latents, [rows, cols, 2].
    """

    title: str
    real: ArrayLike
    fake: ArrayLike
    surface: ArrayLike
    bounds: tuple[float, float, float, float]
    border: float | None
    lattice: ArrayLike


def film_strip(moments: Sequence[Moment]) -> Figure:
    """The moments from left to right on common axes."""
    figure = new_figure(3 * len(moments), 3.6)
    row = figure.subplots(1, len(moments), sharey=True, squeeze=False)[0]
    for axes, moment in zip(row, moments, strict=True):
        _picture(axes, moment)
    handles, labels = row[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
    return figure


def _picture(axes: Axes, moment: Moment) -> None:
    left, right, bottom, top = moment.bounds
    surface = np.asarray(moment.surface)
    axes.imshow(
        surface,
        cmap=BELIEF,
        vmin=0,
        vmax=1,
        origin="lower",
        extent=moment.bounds,
        interpolation="bilinear",
    )
    _border(axes, surface, moment)
    _lattice(axes, np.asarray(moment.lattice))
    real, fake = np.asarray(moment.real), np.asarray(moment.fake)
    (circles,) = axes.plot(*real.T, "o", color=BLUE, label="real", markersize=4)
    circles.set_markerfacecolor("none")
    axes.plot(*fake.T, "^", color=VERMILION, label="generated", markersize=4)
    axes.set(title=moment.title, xlim=(left, right), ylim=(bottom, top), aspect="equal")


def _border(axes: Axes, surface: np.ndarray, moment: Moment) -> None:
    """A dashed line where D is undecided, if there is such a place."""
    if moment.border is None:
        return
    if surface.min() < moment.border < surface.max():
        left, right, bottom, top = moment.bounds
        x = np.linspace(left, right, surface.shape[1])
        y = np.linspace(bottom, top, surface.shape[0])
        line = axes.contour(x, y, surface, [moment.border], colors="black")
        line.set(linestyle="dashed", linewidth=1)
    axes.plot([], [], "k--", linewidth=1, label="D is undecided")


def _lattice(axes: Axes, lattice: np.ndarray) -> None:
    for lines in (lattice[::2], lattice.transpose(1, 0, 2)[::2]):
        for line in lines:
            axes.plot(*line.T, color="0.35", alpha=0.5, linewidth=0.7, zorder=1.5)
    axes.plot([], [], color="0.35", linewidth=0.7, label="latent grid bent by G")
