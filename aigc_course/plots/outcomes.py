"""Outcomes over seeds: a dot for each, and maps of how many failed."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from aigc_course.errors import CourseError
from aigc_course.plots.figures import BLACK, BLUE, ORANGE, VERMILION, new_figure

# white: no seed failed; vermilion: all did
SHARE = LinearSegmentedColormap.from_list("share", ["white", ORANGE, VERMILION])


class Rate(NamedTuple):
    """Seeds that failed, of how many."""

    failed: int
    of: int


class Study(Protocol):
    """What is drawn: a `studies.Record`."""

    @property
    def is_missing(self) -> bool: ...
    @property
    def methods(self) -> list[str]: ...
    def sentence(self) -> str: ...
    def column(self, name: str) -> Any: ...
    def outcomes(self, method: str) -> list[dict[str, Any]]: ...
    def values(self, method: str, column: str) -> list[float]: ...
    def failures(self, method: str) -> Any: ...
    def place(self, method: str) -> dict[str, float]: ...


def outcomes(
    record: Study,
    column: str,
    methods: Sequence[str] | None = None,
    *,
    log: bool = False,
) -> Figure:
    """Each seed's figure in a column, a row for each method, the median as a line.

    record: from `studies.record`; `record.in_words(column)` says what can be seen.
    Seeds that failed are crosses. methods: which, from the top; all by default. log: a
    logarithmic axis. A record that is missing gives a figure that says so. Raises
    CourseError for an unknown method or column.
    """
    if record.is_missing:
        return _nothing(record.sentence())
    rows = list(methods or record.methods)
    figure = new_figure(7.5, 0.8 + 0.27 * len(rows))
    axes = figure.subplots()
    for y, method in enumerate(rows):
        _row(axes, y, record, method, column)
    what = record.column(column)
    arrow = {"higher": " (higher is better)", "lower": " (lower is better)", "": ""}
    axes.set(xlabel=what.title + arrow[what.better], yticks=range(len(rows)))
    axes.set_yticklabels(rows)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xscale("log" if log else "linear")
    axes.grid(axis="y", color="0.93")
    axes.set_axisbelow(True)
    _legend(axes)
    return figure


def failure_map(record: Study) -> Figure:
    """How many seeds failed at each place of a grid of two settings.

    record: of a study whose methods have a place with two coordinates, such as the
    learning rates; `record.in_words()` says the same in words. Each square says
    "failed/of". A record that is missing gives a figure that says so. Raises
    CourseError when the methods have no such places.
    """
    if record.is_missing:
        return _nothing(record.sentence())
    names, xs, ys, rates = _grid(record)
    shares = np.full((len(ys), len(xs)), np.nan)
    figure = new_figure(1.6 + 0.85 * len(xs), 1.2 + 0.62 * len(ys))
    axes = figure.subplots()
    for (x, y), rate in rates.items():
        column, row = xs.index(x), ys.index(y)
        shares[row, column] = rate.failed / rate.of
        axes.text(column, row, f"{rate.failed}/{rate.of}", ha="center", va="center")
    image = axes.imshow(shares, cmap=SHARE, vmin=0, vmax=1, origin="lower")
    axes.set(xlabel=names[0], ylabel=names[1])
    axes.set_xticks(range(len(xs)), [f"{x:g}" for x in xs])
    axes.set_yticks(range(len(ys)), [f"{y:g}" for y in ys])
    figure.colorbar(image, ax=axes, shrink=0.8).set_label("share of seeds that failed")
    return figure


def _row(axes: Axes, y: int, record: Study, method: str, column: str) -> None:
    found = zip(record.values(method, column), record.outcomes(method), strict=True)
    seeds = [(value, outcome["failed"]) for value, outcome in found]
    values = sorted(value for value, _ in seeds if math.isfinite(value))
    for failed, marker, colour in ((False, "o", BLUE), (True, "x", VERMILION)):
        x = [value for value, lost in seeds if lost == failed]
        # in the order of seeds from top to bottom, so that equal figures stay apart
        at = [y + _shift(i, len(seeds)) for i, s in enumerate(seeds) if s[1] == failed]
        axes.plot(x, at, marker, color=colour, markersize=4.5, alpha=0.8)
    if values:
        middle = float(np.median(values))
        axes.plot([middle, middle], [y - 0.38, y + 0.38], "-", color=BLACK, linewidth=2)


def _shift(i: int, n: int) -> float:
    return 0.5 * ((i + 0.5) / n - 0.5)


def _legend(axes: Axes) -> None:
    axes.plot([], [], "o", color=BLUE, markersize=4.5, label="a seed")
    axes.plot([], [], "x", color=VERMILION, markersize=4.5, label="a seed that failed")
    axes.plot([], [], "-", color=BLACK, linewidth=2, label="median")
    style: dict[str, Any] = {"ncols": 3, "frameon": False, "fontsize": 9}
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), **style)


Grid = tuple[list[str], list[float], list[float], dict[tuple[float, float], Rate]]


def _grid(record: Study) -> Grid:
    places = {method: record.place(method) for method in record.methods}
    names = list(next(iter(places.values())))
    if len(names) != 2 or any(list(place) != names for place in places.values()):
        raise CourseError(
            "A map needs methods with two coordinates each, the same for all; this"
            " record has none."
        )
    rates = {
        (place[names[0]], place[names[1]]): Rate(*record.failures(method))
        for method, place in places.items()
    }
    xs, ys = (sorted({place[i] for place in rates}) for i in (0, 1))
    return names, xs, ys, rates


def _nothing(sentence: str) -> Figure:
    figure = new_figure(7.5, 0.7)
    figure.text(0.5, 0.5, sentence, ha="center", va="center", fontsize=10, wrap=True)
    return figure
