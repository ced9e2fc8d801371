"""What was asked for against what was obtained."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from aigc_course.errors import CourseError
from aigc_course.plots.figures import BLUE, VERMILION, new_figure

Pair = tuple[ArrayLike, ArrayLike]


def asked_obtained(panels: Mapping[str, Pair], unit: str = "") -> Figure:
    """A point for each image: asked to the right, obtained upwards; one panel a title.

    panels: (asked [n], obtained [n]) by title. The line is where both agree, the title
    gives their correlation. Raises CourseError for lengths that differ.
    """
    figure = new_figure(3.3 * len(panels), 3.3)
    row = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (title, (asked, obtained)) in zip(row, panels.items(), strict=True):
        x, y = np.asarray(asked, float), np.asarray(obtained, float)
        if x.shape != y.shape or x.ndim != 1 or len(x) < 2:
            raise CourseError(
                f"Asked and obtained are two rows of one length; got {list(x.shape)}"
                f" and {list(y.shape)}."
            )
        ends = [x.min(), x.max()]
        axes.plot(ends, ends, color=VERMILION, linestyle="--", label="as asked")
        axes.scatter(x, y, s=6, color=BLUE, alpha=0.5, linewidths=0)
        r = np.corrcoef(x, y)[0, 1] if x.std() and y.std() else float("nan")
        axes.set_title(f"{title}, r = {r:.2f}", fontsize=11)
        axes.set(xlabel=f"asked {unit}".strip(), ylabel=f"obtained {unit}".strip())
    row[0].legend(frameon=False)
    return figure
