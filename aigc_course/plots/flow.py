"""Points that move in time: paths over the density, and velocities at a few times."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from aigc_course.errors import CourseError
from aigc_course.plots.figures import BLUE, CYCLE, LINES, VERMILION, new_figure


def paths(
    panels: Mapping[str, Sequence[ArrayLike]],
    density: tuple[ArrayLike, ArrayLike] | None = None,
) -> Figure:
    """Points on a line that move from t = 0 to t = 1, one panel for each title.

    panels: a title to the states at even times, each [n] or [n, 1]. Paths that end
    above 0 are blue and whole, the others red and dashed. density: (places [G],
    densities [G, T]) at T even times, drawn in grey beneath. Raises CourseError for
    fewer than two states or densities of another shape.
    """
    figure = new_figure(4.2 * len(panels), 3.2)
    row = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, (title, states) in zip(row, panels.items(), strict=True):
        if len(states) < 2:
            raise CourseError("A path needs at least two states.")
        x = np.stack([np.asarray(s, dtype=float).reshape(-1) for s in states])  # [T, n]
        times = np.linspace(0, 1, len(x))
        if density is not None:
            places, table = (np.asarray(part, dtype=float) for part in density)
            if table.ndim != 2 or len(table) != places.size:
                raise CourseError("A density is a table [places, times].")
            at = np.linspace(0, 1, table.shape[1])
            axes.pcolormesh(at, places.ravel(), table**0.5, cmap="Greys", vmax=1.1)
        for path in x.T:
            up = path[-1] > 0
            colour, line = (BLUE, "-") if up else (VERMILION, "--")
            axes.plot(times, path, line, color=colour, linewidth=1.1)
        axes.set(title=title, xlabel="time t", xlim=(0, 1))
    row[0].set_ylabel("x")
    return figure


def velocity_panels(
    panels: Mapping[str, Mapping[str, tuple[ArrayLike, ArrayLike]]],
    ylabel: str = "velocity",
) -> Figure:
    """Velocities over x on common axes; `panels` maps titles to labels to (x, v).

    All panels share one legend beneath. ylabel: for another quantity over x.
    """
    figure = new_figure(2.9 * len(panels), 2.8)
    row = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, (title, curves) in zip(row, panels.items(), strict=True):
        for (label, (x, v)), colour, line in zip(
            curves.items(), CYCLE, LINES, strict=False
        ):
            axes.plot(x, v, color=colour, linestyle=line, linewidth=1.8, label=label)
        axes.axhline(0, color="0.8", linewidth=0.8, zorder=0)
        axes.set(title=title, xlabel="x")
    row[0].set_ylabel(ylabel)
    handles, labels = row[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", ncols=len(labels), frameon=False
    )
    return figure
