"""A plane of latents: where images are encoded, and what is decoded there."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from aigc_course.errors import CourseError
from aigc_course.plots.figures import (
    BLACK,
    BLUE,
    DARK_VERMILION,
    VERMILION,
    new_figure,
)
from aigc_course.plots.grids import tile

Codes = tuple[ArrayLike, ArrayLike]
# a colour for each digit; a digit is read as text, so each has 4.5:1 on white or more
TEN = (
    *(BLUE, "#8A6100", "#00785A", DARK_VERMILION, "#A34C7D"),
    *("#4B6A88", BLACK, "#8C564B", "#666666", "#5E3C99"),
)
Bounds = tuple[float, float, float, float]


def latent_codes(panels: Mapping[str, Codes], box: Bounds | None = None) -> Figure:
    """Codes of labelled digits, each drawn as its digit; one panel for each title.

    panels: (codes [n, 2], labels [n] from 0 to 9) by title. box: left, right, bottom,
    top of a rectangle to mark. Raises CourseError for other shapes.
    """
    figure = new_figure(4.2 * len(panels), 4)
    row = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (title, (codes, labels)) in zip(row, panels.items(), strict=True):
        _draw_codes(axes, codes, labels)
        axes.set_title(title, fontsize=11)
        if box is not None:
            _draw_box(axes, box)
    return figure


def latent_maps(
    panels: Mapping[str, ArrayLike],
    bounds: Bounds = (-3, 3, -3, 3),
    names: tuple[str, str] = ("$z_1$", "$z_2$"),
) -> Figure:
    """What is decoded over a plane of latents; one panel for each title.

    panels: images [side * side, 1, H, W] by title, row by row from below, as the places
    of `plots.mesh` are. bounds: left, right, bottom, top of the plane. names: of
    its axes. Raises CourseError when the images fill no square.
    """
    figure = new_figure(4.2 * len(panels), 4.2)
    row = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (title, images) in zip(row, panels.items(), strict=True):
        _draw_map(axes, images, bounds)
        axes.set(xlabel=names[0], ylabel=names[1])
        axes.set_title(title, fontsize=11)
    return figure


def latent_plane(
    codes: ArrayLike, labels: ArrayLike, images: ArrayLike, bounds: Bounds
) -> Figure:
    """Codes on the left and the decoded plane on the right, over the same bounds.

    Arguments as in `latent_codes` and `latent_maps`. Raises CourseError as they do.
    """
    figure = new_figure(8.4, 4.1)
    left, right = figure.subplots(1, 2)
    _draw_codes(left, codes, labels)
    left.set(xlim=bounds[:2], ylim=bounds[2:], title="where digits are encoded")
    _draw_map(right, images, bounds)
    right.set_title("what is decoded there")
    return figure


def map_tile(images: ArrayLike) -> np.ndarray:
    """Images [side * side, ...], row by row from below, as one picture from above.

    Returns uint8 [side H, side W]. Raises CourseError when they fill no square.
    """
    array = np.asarray(images)
    side = round(len(array) ** 0.5)
    if side * side != len(array) or not side:
        raise CourseError(
            f"A map is side x side images; {len(array)} of them fill no square."
        )
    upright = array.reshape(side, side, *array.shape[1:])[::-1]
    return tile(upright.reshape(array.shape), side, gap=0)


def _draw_codes(axes: Axes, codes: ArrayLike, labels: ArrayLike) -> None:
    places, classes = np.asarray(codes, dtype=float), np.asarray(labels)
    if places.shape != (len(classes), 2):
        raise CourseError(
            "Codes are [n, 2] with labels [n]; got"
            f" {list(places.shape)} and {list(classes.shape)}."
        )
    for digit in range(10):
        x, y = places[classes == digit].T
        # the digit itself is the marker: colour only helps
        axes.scatter(
            x,
            y,
            marker=f"${digit}$",
            color=TEN[digit],
            s=22,
            linewidths=0.2,
        )
    axes.set(xlabel="$z_1$", ylabel="$z_2$")


def _draw_box(axes: Axes, box: Bounds) -> None:
    left, right, bottom, top = box
    frame = Rectangle((left, bottom), right - left, top - bottom, fill=False)
    frame.set(edgecolor=VERMILION, linestyle="--", linewidth=1.5)
    axes.add_patch(frame)


def _draw_map(axes: Axes, images: ArrayLike, bounds: Bounds) -> None:
    axes.imshow(map_tile(images), cmap="gray", vmin=0, vmax=255, extent=bounds)
    axes.set(xlabel="$z_1$", ylabel="$z_2$", aspect="auto")
