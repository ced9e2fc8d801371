"""Who looks where: weights of attention as a table of shades."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from aigc_course.errors import CourseError
from aigc_course.plots.figures import new_figure

FEW = 16  # labels on an axis; more would run together


def attention_rows(
    panels: Mapping[str, ArrayLike],
    queries: Sequence[str] | None = None,
    keys: Sequence[str] | None = None,
    *,
    asks: str = "query",
    asked: str = "key",
    shade: str = "weight",
) -> Figure:
    """Weights [T, S] side by side: a row for each query, black where it looks.

    panels: weights by title, all of one shape. queries, keys: labels of rows and
    columns, such as tokens; places are numbered without them. asks, asked, shade: names
    of the axes and of the shades. Raises CourseError for weights that are not a table,
    and labels that do not fit.
    """
    tables = {title: np.asarray(table, float) for title, table in panels.items()}
    shapes = {table.shape for table in tables.values()}
    if len(shapes) != 1 or len(next(iter(shapes))) != 2:
        raise CourseError("The panels hold tables [T, S] of one shape.")
    rows, columns = next(iter(shapes))
    _fits(queries, rows, "queries")
    _fits(keys, columns, "keys")
    wide = 1.2 + min(3.2, 0.3 * columns)
    figure = new_figure(wide * len(tables), 0.9 + min(3.2, 0.3 * rows))
    axes_row = figure.subplots(1, len(tables), squeeze=False, sharey=True)[0]
    for axes, (title, table) in zip(axes_row, tables.items(), strict=True):
        shades = axes.imshow(table, cmap="Greys", vmin=0, vmax=1, aspect="auto")
        axes.set(title=title, xlabel=asked)
        _label(axes.xaxis, keys, columns)
        _label(axes.yaxis, queries, rows)
    axes_row[0].set_ylabel(asks)
    figure.colorbar(shades, ax=list(axes_row), label=shade)
    return figure


def _fits(labels: Sequence[str] | None, count: int, what: str) -> None:
    if labels is not None and len(labels) != count:
        raise CourseError(f"{count} {what} need as many labels, not {len(labels)}.")


def _label(axis: Axis, labels: Sequence[str] | None, count: int) -> None:
    if labels is not None and count <= FEW:
        axis.set_ticks(range(count), labels)
    else:
        axis.set_ticks(range(0, count, max(1, count // 6)))
