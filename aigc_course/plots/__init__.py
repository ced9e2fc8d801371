"""Figures: tensors in, Figure out; nothing here trains, loads or opens a window."""

from aigc_course.plots.curves import running_mean, training_curves
from aigc_course.plots.figures import new_figure, png_bytes, show
from aigc_course.plots.grids import (
    image_grid,
    labelled_rows,
    save_grid,
    tile,
    to_pixels,
)

__all__ = [
    "image_grid",
    "labelled_rows",
    "new_figure",
    "png_bytes",
    "running_mean",
    "save_grid",
    "show",
    "tile",
    "to_pixels",
    "training_curves",
]
