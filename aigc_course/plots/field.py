"""Paths of particles in velocity fields, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from aigc_course.plots.figures import BLUE, VERMILION, new_figure

DRAWN = 60  # paths: with all of them nothing could be told apart


@dataclass(frozen=True)
class FieldPicture:
    """One field. real: points of the data [n, 2]. paths: [steps + 1, particles, 2]."""

    title: str
    real: ArrayLike
    paths: ArrayLike


def field_pictures(pictures: Sequence[FieldPicture], bound: float) -> Figure:
    """The fields from left to right, each on the plane from -bound to bound."""
    figure = new_figure(3.6 * len(pictures), 4.1)
    row = figure.subplots(1, len(pictures), sharey=True, squeeze=False)[0]
    for axes, picture in zip(row, pictures, strict=True):
        _picture(axes, picture, bound)
    handles, labels = row[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
    return figure


def _picture(axes: Axes, picture: FieldPicture, bound: float) -> None:
    paths = np.asarray(picture.paths)
    for particle in paths[:, :DRAWN].transpose(1, 0, 2):
        axes.plot(*particle.T, color="0.35", linewidth=0.7, alpha=0.6)
    axes.plot([], [], color="0.35", linewidth=0.7, label="paths")
    real = np.asarray(picture.real)
    (circles,) = axes.plot(*real.T, "o", color=BLUE, label="data", markersize=4)
    circles.set_markerfacecolor("none")
    axes.plot(*paths[-1].T, "^", color=VERMILION, label="particles", markersize=4)
    limits = (-bound, bound)
    axes.set(title=picture.title, xlim=limits, ylim=limits, aspect="equal")
