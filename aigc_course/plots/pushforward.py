"""How a function carries one density over into another."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from aigc_course.plots.figures import BLUE, ORANGE, new_figure


def pushforward(
    start: tuple[ArrayLike, ArrayLike],
    image: ArrayLike,
    end: tuple[ArrayLike, ArrayLike],
    points: ArrayLike = (),
    *,
    labels: tuple[str, str, str] = ("z", "x", "x = f(z)"),
) -> Figure:
    """The curve f, with the density that goes in below it and what comes out beside it.

    start: (z [n] rising, density [n]). image: f(z) [n]. end: (x [m], density [m]).
    points: some values of z, followed from below to the side. labels: of the two axes
    and of the curve.
    """
    z, f = np.asarray(start[0], dtype=float), np.asarray(image, dtype=float)
    figure = new_figure(6.5, 4.2)
    (main, side), (below, corner) = figure.subplots(
        2, 2, sharex="col", sharey="row", width_ratios=[2.4, 1], height_ratios=[2.2, 1]
    )
    corner.remove()
    main.plot(z, f, color="0.2", linewidth=2, label=labels[2])
    _fill(below, start, BLUE)
    _fill(side, end, ORANGE, sideways=True)
    main.set(xlim=(z.min(), z.max()), ylim=(np.min(end[0]), np.max(end[0])))
    starts = np.asarray(points, dtype=float)
    ends = np.interp(starts, z, f)
    _trace(main, starts, ends)
    below.plot(starts, 0 * starts, "|", color=BLUE, markersize=10, clip_on=False)
    side.plot(0 * ends, ends, "_", color=ORANGE, markersize=10, clip_on=False)
    main.set_ylabel(labels[1])
    main.legend(frameon=False, loc="upper left" if f[-1] > f[0] else "lower left")
    below.set(xlabel=labels[0], ylabel="density", ylim=(0, None))
    side.set(xlabel="density", xlim=(0, None))
    side.tick_params(labelbottom=True)
    return figure


def _fill(
    axes: Axes, curve: tuple[ArrayLike, ArrayLike], colour: str, sideways: bool = False
) -> None:
    x, p = (np.asarray(part, dtype=float) for part in curve)
    fill = axes.fill_betweenx if sideways else axes.fill_between
    fill(x, p, color=colour, alpha=0.15, linewidth=0)
    line: Any = (p, x, "--") if sideways else (x, p, "-")
    axes.plot(*line, color=colour, linewidth=2)


def _trace(axes: Axes, starts: NDArray[np.float64], ends: NDArray[np.float64]) -> None:
    """Dotted lines from each start up to the curve, and on to the right edge."""
    right, bottom = axes.get_xlim()[1], axes.get_ylim()[0]
    for start, end in zip(starts, ends, strict=True):
        path = [start, start, right], [bottom, end, end]
        axes.plot(*path, color="0.5", linewidth=0.9, linestyle=":")
