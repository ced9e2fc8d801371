"""A sheet of scores: sets against figures, each column shaded by rank."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from aigc_course.errors import CourseError
from aigc_course.plots.figures import new_figure

Scores = Mapping[str, Mapping[str, float]]

# from white (worst of its column) to Okabe-Ito's sky blue (best); black text on both
SHADES = LinearSegmentedColormap.from_list("ranks", ["white", "#56B4E9"])


def score_sheet(rows: Scores, lower: Collection[str] = ()) -> Figure:
    """A table of numbers, the better ones of each column on a deeper blue.

    rows: each set's scores by name, the same names in every row. lower: the columns in
    which less is better. Equal scores get equal shades; the best is bold, so that
    nothing rests on colour alone. Raises CourseError when rows disagree or are empty.
    """
    columns = _columns(rows)
    shades = np.array([_ranks(rows, column, column in lower) for column in columns]).T
    figure = new_figure(1.5 + 0.9 * len(columns), 0.5 + 0.33 * len(rows))
    axes = figure.subplots()
    axes.pcolormesh(shades, cmap=SHADES, vmin=0, vmax=1, edgecolors="0.8", lw=0.5)
    for i, scores in enumerate(rows.values()):
        for j, column in enumerate(columns):
            weight = "bold" if shades[i, j] == 1 else "normal"
            style: dict[str, Any] = {"ha": "center", "va": "center", "weight": weight}
            place = j + 0.5, i + 0.5
            axes.text(*place, _number(scores[column]), fontsize=9, **style)
    axes.set_yticks(np.arange(len(rows)) + 0.5, list(rows))
    arrows = [f"{name} {'↓' if name in lower else '↑'}" for name in columns]
    axes.set_xticks(np.arange(len(columns)) + 0.5, arrows, fontsize=8)
    axes.tick_params(
        length=0, top=False, labeltop=True, bottom=False, labelbottom=False
    )
    axes.invert_yaxis()
    return figure


def best_of(rows: Scores, lower: Collection[str] = ()) -> str:
    """Which sets are best in which column, as a sentence: the sheet in words.

    >>> best_of({"a": {"x": 1.0}, "b": {"x": 2.0}}, lower=["x"])
    'Best in x: a.'
    """
    found = []
    for column in _columns(rows):
        scores = [scores[column] for scores in rows.values()]
        top = min(scores) if column in lower else max(scores)
        names = [name for name, scores in rows.items() if scores[column] == top]
        found.append(f"{column}: {' and '.join(names)}")
    return f"Best in {'; '.join(found)}."


def _columns(rows: Scores) -> list[str]:
    names = [list(scores) for scores in rows.values()]
    if not names or not names[0] or any(each != names[0] for each in names):
        raise CourseError("A sheet needs rows that all have the same columns.")
    return names[0]


def _ranks(rows: Scores, column: str, lower: bool) -> list[float]:
    """1 for the best and 0 for the worst, equal for equal scores."""
    scores = np.array([scores[column] for scores in rows.values()], dtype=float)
    _, order = np.unique(-scores if lower else scores, return_inverse=True)
    return (order / max(order.max(), 1)).tolist()


def _number(value: float) -> str:
    """Three figures: 0.093, 1.23, 12.3, 123."""
    digits = max(0, 3 - len(f"{abs(value):.0f}")) if abs(value) >= 1 else 3
    return f"{value:.{digits}f}"
