"""What a transposed convolution does, as pictures."""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from aigc_course.plots.figures import CYCLE, new_figure

HATCHES = ("", "//", "..", "\\\\", "xx", "++")


def stamps(x: ArrayLike, kernel: ArrayLike, stride: int) -> Figure:
    """Each input value stamps a scaled copy of the kernel; the output is their sum.

    x: [n] non-negative inputs. kernel: [k] non-negative weights. The stamps stand on
    one another, so the columns' heights are the output, (n - 1) stride + k values.
    """
    x, kernel = np.asarray(x, dtype=float), np.asarray(kernel, dtype=float)
    figure = new_figure(7, 3)
    left, right = figure.subplots(1, 2, width_ratios=[1, 2.2])
    colours = [CYCLE[i % len(CYCLE)] for i in range(len(x))]
    hatches = [HATCHES[i % len(HATCHES)] for i in range(len(x))]
    left.bar(range(len(x)), x, color=colours, hatch=hatches, edgecolor="w")
    left.set(title="input", xlabel="position", xticks=range(len(x)))
    floor = np.zeros((len(x) - 1) * stride + len(kernel))
    for i, value in enumerate(x):
        places = np.arange(i * stride, i * stride + len(kernel))
        style = {"color": colours[i], "hatch": hatches[i], "edgecolor": "w"}
        right.bar(places, value * kernel, bottom=floor[places], **style)
        floor[places] += value * kernel
    right.set(title=f"output, stride {stride}", xlabel="position")
    return figure


def maps(panels: dict[str, NDArray]) -> Figure:
    """Small maps [H, W] side by side, each on its own grey scale from 0."""
    figure = new_figure(2.4 * len(panels), 2.7)
    for axes, (title, values) in zip(
        np.atleast_1d(figure.subplots(1, len(panels))), panels.items(), strict=True
    ):
        picture = axes.imshow(values, cmap="gray", vmin=0)
        figure.colorbar(picture, ax=axes, shrink=0.75)
        axes.set(title=title, xticks=[], yticks=[])
    return figure
