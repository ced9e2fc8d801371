"""Pictures made of small images."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.files import write_with
from aigc_course.plots.figures import new_figure

Pixels = NDArray[np.uint8]


def to_pixels(images: Tensor | NDArray) -> Pixels:
    """Images as uint8 [N, H, W].

    images: uint8, or float in [-1, 1]; [N, 1, H, W] or [N, H, W]. Raises
    CourseError for another shape.
    """
    array = images.detach().cpu().numpy() if isinstance(images, Tensor) else images
    if array.ndim == 4 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 3:
        raise CourseError(
            f"Images have shape [N, 1, H, W] or [N, H, W], not {list(array.shape)}."
        )
    if array.dtype != np.uint8:
        array = ((array + 1) * 127.5).round().clip(0, 255).astype(np.uint8)
    return array


def tile(images: Tensor | NDArray, columns: int | None = None, gap: int = 2) -> Pixels:
    """One picture uint8 [rows (H + gap) - gap, columns (W + gap) - gap] of all images.

    columns: default the smallest square that holds them. The gap is mid-grey.
    """
    pixels = to_pixels(images)
    n, height, width = pixels.shape
    columns = columns or int(np.ceil(np.sqrt(n)))
    rows = -(-n // columns)
    cells = np.full((rows * columns, height + gap, width + gap), 96, np.uint8)
    cells[:n, :height, :width] = pixels
    table = cells.reshape(rows, columns, height + gap, width + gap).swapaxes(1, 2)
    sheet = table.reshape(rows * (height + gap), columns * (width + gap))
    return sheet[: sheet.shape[0] - gap, : sheet.shape[1] - gap]


def save_grid(
    path: str | Path,
    images: Tensor | NDArray,
    columns: int | None = None,
    zoom: int = 2,
) -> None:
    """Write images as one PNG, whole or not at all; `zoom` screen pixels per pixel."""
    sheet = tile(images, columns).repeat(zoom, axis=0).repeat(zoom, axis=1)
    write_with(path, lambda temporary: Image.fromarray(sheet).save(temporary, "PNG"))


def image_grid(
    images: Tensor | NDArray, columns: int | None = None, title: str = ""
) -> Figure:
    """A figure of all images, `columns` in a row."""
    sheet = tile(images, columns)
    height, width = sheet.shape
    inches = min(9.0, width / 52)
    figure = new_figure(inches, inches * height / width + (0.35 if title else 0.05))
    axes = figure.subplots()
    axes.imshow(sheet, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    axes.set_axis_off()
    axes.set_title(title, fontsize=11)
    return figure


def labelled_rows(rows: dict[str, Tensor | NDArray]) -> Figure:
    """One row of images for each label, in order; all rows of one length."""
    most = max(len(images) for images in rows.values())
    tall = min(0.95, 7.9 / most + 0.06)  # as high as the pictures are, and a gap
    figure = new_figure(9.0, tall * len(rows) + 0.1)
    for axes, (label, images) in zip(
        np.atleast_1d(figure.subplots(len(rows))), rows.items(), strict=True
    ):
        axes.imshow(tile(images, len(images)), cmap="gray", vmin=0, vmax=255)
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        axes.set_ylabel(label, rotation=0, ha="right", va="center")
        axes.set_anchor("E")  # centred, the pictures would push a label off the figure
    for _ in range(2):  # the layout needs more than one pass for long labels
        figure.draw_without_rendering()
    return figure
