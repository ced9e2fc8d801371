"""Points of the plane: clouds over one another, D's beliefs beneath, arrows on them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from aigc_course.errors import CourseError
from aigc_course.plots.figures import BLUE, GREEN, PURPLE, VERMILION, new_figure

Clouds = Mapping[str, ArrayLike]
Arrows = tuple[ArrayLike, ArrayLike]

LOOKS = (  # marker, colour, size: the first cloud lies beneath the second
    ("o", BLUE, 7),
    ("x", VERMILION, 12),
    ("^", GREEN, 12),
    ("s", PURPLE, 12),
)
# D's belief: orange says generated, white undecided, blue real; Okabe-Ito's orange and
# sky blue, paled so that points stand out on them
BELIEF = LinearSegmentedColormap.from_list("belief", ["#F1CA73", "white", "#91CEF1"])


def points(
    clouds: Clouds,
    title: str = "",
    *,
    belief: ArrayLike | None = None,
    arrows: Arrows | None = None,
    reach: float | None = None,
) -> Figure:
    """Clouds of points in one picture.

    clouds: each label's points [n, 2]; labels differ in marker and colour. belief: D's
    probability of "real" at `mesh(reach, side)`, [side * side], drawn as orange (0),
    white (1/2) and blue (1) with a line at 1/2. arrows: where they start [m, 2] and how
    far they go [m, 2]. reach: half the side of the square that is shown; without it,
    what holds all points. Raises CourseError for other shapes, and for a belief without
    the reach of its mesh.
    """
    figure = new_figure(5.2 if belief is not None else 4.2, 4)
    axes = figure.subplots()
    reach = _reach([clouds], belief, reach)
    _draw(axes, clouds, belief, reach)
    if arrows is not None:
        tails, steps = (_plane(part, "arrows") for part in arrows)
        # lengths in the units of the axes
        units: dict[str, Any] = {"angles": "xy", "scale_units": "xy", "scale": 1}
        axes.quiver(*tails.T, *steps.T, **units, width=0.004, zorder=4)
    axes.set_title(title, fontsize=11)
    _legend(figure, axes, len(clouds))
    if belief is not None:
        _bar(figure, [axes])
    return figure


def point_panels(
    panels: Mapping[str, Clouds],
    *,
    beliefs: Mapping[str, ArrayLike] | None = None,
    reach: float | None = None,
) -> Figure:
    """Several such pictures in a row, to one scale; `panels` maps titles to clouds.

    beliefs: D's beliefs for the titles that have any, as for `points`.
    """
    figure = new_figure(2.4 * len(panels) + (0.8 if beliefs else 0), 3)
    row = figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)[0]
    beliefs = beliefs or {}
    reach = _reach(list(panels.values()), beliefs or None, reach)
    for axes, (title, clouds) in zip(row, panels.items(), strict=True):
        _draw(axes, clouds, beliefs.get(title), reach)
        axes.set_title(title, fontsize=10)
    most = max(row, key=lambda axes: len(axes.get_legend_handles_labels()[1]))
    _legend(figure, most, len(most.get_legend_handles_labels()[1]))
    if beliefs:
        _bar(figure, list(row))
    return figure


def mesh(reach: float, side: int = 60) -> NDArray[np.float32]:
    """Places at which to ask D, row by row from below: float32 [side * side, 2].

    They cover the square from -reach to reach evenly.

    >>> mesh(1.0, 2).tolist()
    [[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]]
    """
    line = np.linspace(-reach, reach, side, dtype=np.float32)
    x, y = np.meshgrid(line, line)
    return np.stack([x.ravel(), y.ravel()], axis=1)


def _draw(axes: Axes, clouds: Clouds, belief: ArrayLike | None, reach: float) -> None:
    if belief is not None:
        _ground(axes, np.asarray(belief, dtype=float).ravel(), reach)
    for (label, cloud), (marker, colour, size) in zip(
        clouds.items(), LOOKS, strict=False
    ):
        style: dict[str, Any] = {"marker": marker, "color": colour, "s": size}
        style["linewidths"] = 0 if marker == "o" else 0.9
        axes.scatter(*_plane(cloud, label).T, label=label, **style, alpha=0.6, zorder=3)
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")


def _ground(axes: Axes, belief: NDArray, reach: float) -> None:
    side = round(len(belief) ** 0.5)
    if side * side != len(belief) or side < 2:
        raise CourseError(
            "Beliefs are those at `plots.mesh(reach, side)`, side * side of them;"
            f" these are {len(belief)}."
        )
    table = belief.reshape(side, side)
    line = np.linspace(-reach, reach, side)
    axes.pcolormesh(line, line, table, cmap=BELIEF, vmin=0, vmax=1, shading="gouraud")
    if table.min() < 0.5 < table.max():
        axes.contour(line, line, table, [0.5], colors="0.3", linewidths=0.8)


def _bar(figure: Figure, axes: list[Axes]) -> None:
    scale = ScalarMappable(cmap=BELIEF)
    scale.set_clim(0, 1)
    bar = figure.colorbar(scale, ax=axes, shrink=0.8, ticks=[0, 0.5, 1])
    bar.set_label("D's belief in real")


def _legend(figure: Figure, axes: Axes, columns: int) -> None:
    if columns > 1:
        handles, labels = axes.get_legend_handles_labels()
        style: dict[str, Any] = {"ncols": columns, "frameon": False, "markerscale": 1.6}
        figure.legend(handles, labels, loc="outside lower center", **style)


def _reach(panels: list[Clouds], belief: object, reach: float | None) -> float:
    if reach is not None:
        return reach
    if belief is not None:
        raise CourseError("A belief needs `reach`, that of the mesh it was asked at.")
    clouds = [_plane(c, label) for panel in panels for label, c in panel.items()]
    return 1.08 * max(float(np.abs(cloud).max()) for cloud in clouds)


def _plane(values: ArrayLike, what: str) -> NDArray:
    array = np.asarray(values, dtype=float)
    if array.ndim != 2 or array.shape[1] != 2 or not len(array):
        raise CourseError(
            f"Points of the plane have shape [n, 2]; {what!r} has {list(array.shape)}."
        )
    return array
