"""Curves over training."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aigc_course.plots.figures import CYCLE, LINES, new_figure

Row = Mapping[str, float]

# (label, columns, whether they are shares of 1)
PANELS = (
    ("loss", ("D", "G"), False),
    ("probability", ("D(x)", "D(G(z))"), True),
    ("nats per image", ("loss", "reconstruction", "KL"), False),
    ("share of latents or codes", ("active", "codes used"), True),
)
OF_TEXT = (
    ("nats per token", ("loss",), False),
    ("share of tokens predicted", ("accuracy",), True),
)


def training_curves(rows: Iterable[Row], smooth: int = 15) -> Figure:
    """Losses on the left, what lies between 0 and 1 on the right, over steps.

    Of a GAN these are the losses and D's beliefs; of a VAE the parts of the bound and
    the share of active latents; of a VQ-VAE that of codes in use; of a language model
    the loss and how often the likeliest token is right.

    rows: dicts with step and any column of PANELS. smooth: rows in the running mean
    that is drawn over the pale raw values.
    """
    rows = list(rows)
    found = {name for row in rows for name in row}
    every = OF_TEXT if "accuracy" in found else PANELS
    panels = [panel for panel in every if found & {*panel[1]}] or every[:2]
    figure = new_figure(8.5, 2.8)
    places = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (label, names, share) in zip(places, panels, strict=True):
        _curves(axes, rows, [name for name in names if name in found], smooth)
        axes.set(xlabel="step", ylabel=label)
        if share:
            axes.set_ylim(0, 1)
        if label == "probability":  # where D cannot tell
            axes.axhline(0.5, color="0.6", linewidth=0.8)
    return figure


def _curves(axes: Axes, rows: list[Row], names: list[str], smooth: int) -> None:
    for name, colour, line in zip(names, CYCLE, LINES, strict=False):
        steps = [row["step"] for row in rows if name in row]
        values = [row[name] for row in rows if name in row]
        axes.plot(steps, values, color=colour, alpha=0.2)
        mean = running_mean(values, smooth)
        axes.plot(steps, mean, line, color=colour, label=name)
    if names:
        axes.legend(frameon=False)


def running_mean(values: Sequence[float], width: int) -> list[float]:
    """Mean of the last `width` values at each place (fewer at the start)."""
    if not len(values):
        return []
    total = np.concatenate([[0.0], np.cumsum(np.asarray(values, dtype=float))])
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - width, 0)
    return ((total[ends] - total[starts]) / (ends - starts)).tolist()
