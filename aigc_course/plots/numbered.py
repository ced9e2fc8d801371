"""Images with numbers above them, to be answered on paper or in a cell."""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from aigc_course.plots.figures import new_figure
from aigc_course.plots.grids import to_pixels


def numbered_sheet(images: Tensor | NDArray, columns: int = 10) -> Figure:
    """Images [N, 1, H, W] or [N, H, W], numbered from 1, `columns` in a row."""
    pixels = to_pixels(images)
    rows = -(-len(pixels) // columns)
    figure = new_figure(0.75 * columns, 0.95 * rows)
    places = np.atleast_2d(figure.subplots(rows, columns, squeeze=False)).ravel()
    for axes in places:
        axes.set_axis_off()
    for number, (axes, image) in enumerate(zip(places, pixels, strict=False), 1):
        axes.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        axes.set_title(str(number), fontsize=9)
    return figure
