"""Functions of one number, and beside them their slopes."""

from collections.abc import Mapping

from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from aigc_course.plots.figures import CYCLE, LINES, new_figure


def loss_and_slope(
    logits: ArrayLike,
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    place: float,
    label: str,
) -> Figure:
    """Losses on the left, slopes on the right, over logits [n]; a mark at `place`.

    curves: a name to (loss [n], slope [n]). label: what the mark means.
    """
    figure = new_figure(8.5, 3.4)
    left, right = figure.subplots(1, 2, sharex=True)
    for (name, pair), colour, line in zip(curves.items(), CYCLE, LINES, strict=False):
        for axes, values in zip((left, right), pair, strict=True):
            axes.plot(logits, values, color=colour, linestyle=line, label=name)
    for axes, ylabel, reach in ((left, "loss", 7), (right, "slope", 2.2)):
        axes.axvline(place, color="0.5", linewidth=1)
        axes.set(xlabel="logit", ylabel=ylabel, ylim=(-reach, reach))
    left.text(place, -6.6, f" {label}", color="0.3")
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=6, frameon=False)
    return figure
