"""Curves over training."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from aigc_course.plots.figures import CYCLE, LINES, new_figure

PANELS = (("loss", ("D", "G")), ("probability", ("D(x)", "D(G(z))")))


def training_curves(rows: Iterable[Mapping[str, float]], smooth: int = 15) -> Figure:
    """GAN training: losses on the left, D's beliefs on the right, over steps.

    rows: dicts with step and any of D, G, D(x), D(G(z)). smooth: rows in the running
    mean that is drawn over the pale raw values.
    """
    rows = list(rows)
    figure = new_figure(8.5, 2.8)
    for axes, (label, names) in zip(figure.subplots(1, 2), PANELS, strict=True):
        for name, colour, line in zip(names, CYCLE, LINES, strict=False):
            steps = [row["step"] for row in rows if name in row]
            values = [row[name] for row in rows if name in row]
            axes.plot(steps, values, color=colour, alpha=0.2)
            axes.plot(
                steps, running_mean(values, smooth), line, color=colour, label=name
            )
        axes.set(xlabel="step", ylabel=label)
        axes.legend(frameon=False)
    figure.axes[1].set_ylim(0, 1)
    figure.axes[1].axhline(0.5, color="0.6", linewidth=0.8)
    return figure


def running_mean(values: Sequence[float], width: int) -> list[float]:
    """Mean of the last `width` values at each place (fewer at the start)."""
    if not len(values):
        return []
    total = np.concatenate([[0.0], np.cumsum(np.asarray(values, dtype=float))])
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - width, 0)
    return ((total[ends] - total[starts]) / (ends - starts)).tolist()
