"""Densities on a line, alone, side by side, or above what D believes of them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from aigc_course.plots.figures import CYCLE, LINES, new_figure

Curves = Mapping[str, tuple[ArrayLike, ArrayLike]]


def densities(
    curves: Curves,
    title: str = "",
    *,
    samples: Mapping[str, ArrayLike] | None = None,
    xlabel: str = "x",
) -> Figure:
    """Densities of one variable over each other; `curves` maps a label to (x, p).

    x, p: [n] places and densities, another n for each curve if need be. samples: a
    label to values [m], drawn as a row of ticks beneath zero; a label that is also a
    curve's gets the curve's colour.
    """
    figure = new_figure(7.5, 3)
    axes = figure.subplots()
    _draw(axes, curves)
    if samples:
        _ticks(axes, samples, list(curves))
    axes.set(xlabel=xlabel, ylabel="density", title=title)
    _legend(axes, beside=True)
    return figure


def density_panels(panels: Mapping[str, Curves], xlabel: str = "x") -> Figure:
    """Several `densities` side by side on common axes; `panels` maps titles to curves.

    A label has one colour and line in all panels.
    """
    figure = new_figure(max(3.2, 2.9 * len(panels)), 2.7)
    rows = figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)
    order = list(dict.fromkeys(label for curves in panels.values() for label in curves))
    for axes, (title, curves) in zip(rows[0], panels.items(), strict=True):
        _draw(axes, curves, order)
        axes.set(xlabel=xlabel, title=title)
        _legend(axes)
    rows[0, 0].set_ylabel("density")
    return figure


def beliefs(
    curves: Curves,
    guesses: Curves,
    title: str = "",
    *,
    dense: tuple[ArrayLike, ArrayLike] | None = None,
    xlabel: str = "x",
) -> Figure:
    """Densities above, and beneath, over the same x, the probabilities that D gives.

    curves: a label to (x, density). guesses: a label to (x, D(x)) with D in [0, 1].
    dense: (x, mask), both [n]; where the mask is true the lower panel is shaded.
    """
    figure = new_figure(8, 4.2)
    top, bottom = figure.subplots(2, 1, sharex=True)
    _draw(top, curves)
    top.set(ylabel="density", title=title)
    bottom.axhline(0.5, color="0.6", linewidth=0.8)
    order = [*curves, *guesses]
    for label, (x, d) in guesses.items():
        colour, line = _look(order, label)
        bottom.plot(x, d, color=colour, linestyle=line, linewidth=2, label=label)
    if dense is not None:
        x, mask = np.asarray(dense[0]), np.asarray(dense[1])
        style = {"color": "0.92", "linewidth": 0, "label": "where samples are dense"}
        bottom.fill_between(x, 0, 1, where=mask, zorder=0, **style)
    bottom.set(xlabel=xlabel, ylabel="belief D(x)", ylim=(-0.04, 1.04))
    _legend(top, beside=True)
    _legend(bottom, beside=True)
    return figure


def _draw(axes: Axes, curves: Curves, order: list[str] | None = None) -> None:
    for label, (x, p) in curves.items():
        colour, line = _look(order or list(curves), label)
        axes.plot(x, p, color=colour, linestyle=line, linewidth=2, label=label)
        axes.fill_between(x, p, color=colour, alpha=0.12, linewidth=0)


def _ticks(axes: Axes, samples: Mapping[str, ArrayLike], order: list[str]) -> None:
    """Rows of ticks beneath zero, one for each label, in its curve's colour."""
    top = axes.get_ylim()[1]
    order = list(dict.fromkeys([*order, *samples]))
    for row, (label, values) in enumerate(samples.items()):
        flat = np.asarray(values).ravel()
        heights = np.full(flat.size, -0.06 * top * (row + 1))
        colour, _ = _look(order, label)
        name = f"samples of {label}"
        axes.plot(flat, heights, "|", color=colour, alpha=0.5, label=name)
    axes.set_yticks([tick for tick in axes.get_yticks() if 0 <= tick <= top])
    axes.set_ylim(-0.06 * top * (len(samples) + 0.8), top)


def _look(order: list[str], label: str) -> tuple[str, Any]:
    place = order.index(label)
    return CYCLE[place % len(CYCLE)], LINES[place % len(LINES)]


def _legend(axes: Axes, beside: bool = False) -> None:
    if not axes.get_legend_handles_labels()[0]:
        return
    if beside:
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    else:
        axes.legend(frameon=False)
