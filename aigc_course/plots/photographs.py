"""Pictures of any size side by side, grey or colour."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.plots.figures import new_figure


def photographs(panels: Mapping[str, Tensor]) -> Figure:
    """One picture to each title, side by side, each in its own size.

    panels: pixels [1, H, W] grey or [3, H, W] colour, float in [-1, 1], by title.
    Raises CourseError for another shape, and for no pictures.
    """
    if not panels:
        raise CourseError("There is nothing to show: give at least one picture.")
    figure = new_figure(2.5 * len(panels), 2.7)
    row = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (title, pixels) in zip(row, panels.items(), strict=True):
        axes.imshow(_shown(pixels), cmap="gray", vmin=0, vmax=1)
        axes.set_axis_off()
        axes.set_title(title, fontsize=10)
    return figure


def _shown(pixels: Tensor) -> np.ndarray:
    """[H, W] or [H, W, 3] in [0, 1]."""
    if pixels.ndim != 3 or pixels.shape[0] not in (1, 3):
        raise CourseError(
            f"Pictures are [1, H, W] or [3, H, W]; got {list(pixels.shape)}."
        )
    unit = ((pixels.detach().cpu() + 1) / 2).clamp(0, 1)
    return unit.permute(1, 2, 0).squeeze(2).numpy()
