"""Lines and histograms."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from aigc_course.plots.figures import CYCLE, LINES, new_figure

MARKERS = ("o", "s", "^", "D", "v", "P")


def lines(
    series: Mapping[str, tuple[ArrayLike, ArrayLike]],
    xlabel: str,
    ylabel: str,
    *,
    log: bool = False,
    logx: bool = False,
    markers: bool = True,
) -> Figure:
    """Lines with markers; `series` maps each label to its x and y values.

    log, logx: draw y, or x, on a logarithmic scale. markers: False where points lie so
    close that markers would hide the line.
    """
    figure = new_figure(6.5, 3)
    axes = figure.subplots()
    for (label, (x, y)), colour, line, marker in zip(
        series.items(), CYCLE, LINES, MARKERS, strict=False
    ):
        marker = marker if markers else ""
        axes.plot(x, y, color=colour, linestyle=line, marker=marker, label=label)
    axes.set(xlabel=xlabel, ylabel=ylabel, yscale="log" if log else "linear")
    axes.locator_params(axis="x", nbins=6)  # more labels than this run together
    if logx:
        axes.set_xscale("log")
    if len(series) > 1:
        # beside the axes, where it hides no line
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def histograms(panels: Mapping[str, ArrayLike], xlabels: Sequence[str]) -> Figure:
    """One histogram for each panel, shares of all values on a logarithmic scale."""
    figure = new_figure(3.5 * len(panels), 2.6)
    axes_row = np.atleast_1d(figure.subplots(1, len(panels)))
    for axes, (title, values), xlabel in zip(
        axes_row, panels.items(), xlabels, strict=True
    ):
        flat = np.asarray(values).ravel()
        axes.hist(
            flat, bins=32, weights=np.full(flat.size, 1 / flat.size), color=CYCLE[0]
        )
        axes.set(title=title, xlabel=xlabel, ylabel="share of pixels", yscale="log")
    return figure
