"""What a loss leads to: its best critic, its arrows, its dynamics."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from aigc_course.plots.figures import CYCLE, LINES, SKY, new_figure

Line = tuple[ArrayLike, ArrayLike]


def critics(
    panels: Mapping[str, Line],
    behind: Mapping[str, Line],
    ylabel: str = "best output of D",
) -> Figure:
    """The critic of each loss over x; the densities stand pale behind each.

    panels: a title to (x, critic). behind: a label to (x, density), drawn to one third
    of the panel's height. Infinite values leave a gap.
    """
    figure = new_figure(2.9 * len(panels), 2.9)
    rows = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (title, (x, critic)) in zip(rows, panels.items(), strict=True):
        values = np.asarray(critic, dtype=float)
        axes.plot(x, np.where(np.isfinite(values), values, np.nan), "k-", linewidth=2)
        axes.axhline(0, color="0.6", linewidth=0.8)
        axes.set(title=title, xlabel="x", xlim=(np.min(x), np.max(x)))
        _shadows(axes, behind)
    rows[0].set_ylabel(ylabel)
    figure.legend(
        *rows[0].child_axes[0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=len(behind),
        frameon=False,
    )
    return figure


def arrow_panels(
    panels: Mapping[str, tuple[ArrayLike, ArrayLike]],
    data: ArrayLike,
    scale: float = 1.0,
) -> Figure:
    """Points with an arrow each, a panel for each title; the data lie pale behind.

    panels: a title to (points [n, 2], arrows [n, 2]). data: [m, 2]. scale: how long an
    arrow of length 1 is drawn, in units of the axes.
    """
    figure = new_figure(2.9 * len(panels), 3.1)
    rows = figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)[0]
    cloud = np.asarray(data)
    for axes, (title, (points, arrows)) in zip(rows, panels.items(), strict=True):
        at, way = np.asarray(points), np.asarray(arrows)
        axes.plot(*cloud.T, ".", color=SKY, alpha=0.5, markersize=4, label="data")
        axes.plot(*at.T, "^", color=CYCLE[1], markersize=5, label="fakes")
        size: Any = {"angles": "xy", "scale_units": "xy", "scale": 1 / scale}
        axes.quiver(*at.T, *way.T, color="k", width=0.006, **size)
        axes.set(title=title, aspect="equal")
    rows[0].legend(frameon=False, fontsize=9)
    return figure


def vector_fields(
    panels: Mapping[str, tuple[ArrayLike, ArrayLike, ArrayLike, ArrayLike]],
    paths: Mapping[str, ArrayLike],
    labels: tuple[str, str] = ("θ, the fake", "ψ, the slope of D"),
) -> Figure:
    """The direction of a field at points of a plane, and a path through each.

    panels: a title to (x [n], y [m], dx [m, n], dy [m, n]); arrows have one length.
    paths: the same titles to [steps + 1, 2]; a circle marks the start, a square the
    end, a cross the place (0, 0).
    """
    figure = new_figure(2.8 * len(panels), 3.1)
    rows = figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)[0]
    for axes, (title, (x, y, dx, dy)) in zip(rows, panels.items(), strict=True):
        length = np.hypot(dx, dy)
        length = np.where(length > 0, length, 1)
        axes.quiver(x, y, dx / length, dy / length, color="0.6", scale=26, width=0.005)
        path = np.asarray(paths[title])
        axes.plot(*path.T, color=CYCLE[0], linewidth=1.2)
        axes.plot(*path[0], "o", color=CYCLE[0])
        axes.plot(*path[-1], "s", color=CYCLE[3])
        axes.plot(0, 0, "k+", markersize=12)
        axes.set(title=title, xlabel=labels[0], aspect="equal")
        axes.set(xlim=(np.min(x), np.max(x)), ylim=(np.min(y), np.max(y)))
    rows[0].set_ylabel(labels[1])
    return figure


def eigenvalues(groups: Mapping[str, ArrayLike]) -> Figure:
    """Complex numbers against the unit circle, within which a step shrinks.

    groups: a label to complex values [k], drawn as one kind of marker.
    """
    figure = new_figure(6.4, 3.6)
    axes = figure.subplots()
    turn = np.linspace(0, 2 * np.pi, 400)
    axes.plot(np.cos(turn), np.sin(turn), "k-", linewidth=0.9, label="unit circle")
    everything = np.concatenate([np.ravel(values) for values in groups.values()])
    for i, (label, values) in enumerate(groups.items()):
        flat = np.ravel(values)
        colour, marker = CYCLE[i % len(CYCLE)], "os^Dv"[i % 5]
        axes.plot(flat.real, flat.imag, marker, color=colour, label=label)
    reach = 1.3 * max(np.abs(everything.imag).max(), 0.05)
    axes.set(xlabel="real part", ylabel="imaginary part", ylim=(-reach, reach))
    axes.set_xlim(everything.real.min() - 0.05, max(everything.real.max(), 1) + 0.05)
    axes.set_aspect("equal")
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def _shadows(axes: Axes, behind: Mapping[str, Line]) -> None:
    """Pale densities on axes of their own, over the lower third of the panel."""
    low = axes.inset_axes((0, 0, 1, 1), zorder=0)
    top = max(np.max(p) for _, p in behind.values())
    for i, (label, (x, p)) in enumerate(behind.items()):
        low.fill_between(x, p, color=CYCLE[i], alpha=0.3, linewidth=0, label=label)
        low.plot(x, p, alpha=0.7, linewidth=1, color=CYCLE[i], linestyle=LINES[i])
    low.set(xlim=axes.get_xlim(), ylim=(0, 3 * top))
    low.set_axis_off()
