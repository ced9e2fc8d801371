"""A sheet of scores: sets against figures, as a picture, as text and in words.

A figure may carry its error (`Estimate`). A row is marked as the best of its column
only when it differs from every other row by more than the interval of the difference.
"""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from aigc_course.errors import CourseError
from aigc_course.intervals import Estimate
from aigc_course.plots.figures import new_figure

Scores = Mapping[str, Mapping[str, float | Estimate]]

# from white (worst of its column) to Okabe-Ito's sky blue (best); black text on both
SHADES = LinearSegmentedColormap.from_list("ranks", ["white", "#56B4E9"])


def score_sheet(rows: Scores, lower: Collection[str] = ()) -> Figure:
    """A table of numbers, the better ones of each column on a deeper blue.

    rows: each set's scores by name, the same names in every row, as numbers or as
    Estimates. lower: the columns in which less is better. Rows whose intervals do not
    part get one shade; the best is bold where it is one row alone, so that nothing
    rests on colour alone. Raises CourseError when rows disagree or are empty.
    """
    columns = _columns(rows)
    ranked = [_ranks(rows, column, column in lower) for column in columns]
    figure = new_figure(1.5 + 1.05 * len(columns), 0.5 + 0.33 * len(rows))
    axes = figure.subplots()
    shades = np.array(ranked).T
    axes.pcolormesh(shades, cmap=SHADES, vmin=0, vmax=1, edgecolors="0.8", lw=0.5)
    for j, column in enumerate(columns):
        best = _best(rows, column, column in lower)
        for i, (name, scores) in enumerate(rows.items()):
            weight = "bold" if best == [name] else "normal"
            style: dict[str, Any] = {"ha": "center", "va": "center", "weight": weight}
            place = j + 0.5, i + 0.5
            axes.text(*place, _number(scores[column]), fontsize=9, **style)
    axes.set_yticks(np.arange(len(rows)) + 0.5, list(rows))
    axes.set_xticks(np.arange(len(columns)) + 0.5, _titles(columns, lower), fontsize=8)
    axes.tick_params(
        length=0, top=False, labeltop=True, bottom=False, labelbottom=False
    )
    axes.invert_yaxis()
    return figure


def score_table(rows: Scores, lower: Collection[str] = ()) -> str:
    """The sheet as text; a star marks a row that is the best of its column alone.

    >>> print(score_table({"a": {"x": 1.0}, "b": {"x": 2.0}}, lower=["x"]))
           x ↓
    a   1.00 *
    b     2.00
    """
    columns = _columns(rows)
    lines = [["", *_titles(columns, lower)]]
    for name, scores in rows.items():
        alone = {c: _best(rows, c, c in lower) == [name] for c in columns}
        shown = [_number(scores[c]) + " *" * alone[c] for c in columns]
        lines.append([name, *shown])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "   ".join([name.ljust(widths[0]), *map(str.rjust, rest, widths[1:])]).rstrip()
        for name, *rest in lines
    )


def best_of(rows: Scores, lower: Collection[str] = ()) -> str:
    """Which sets are best in which column, as a sentence: the sheet in words.

    >>> best_of({"a": {"x": 1.0}, "b": {"x": 2.0}}, lower=["x"])
    'Best in x: a.'
    >>> noisy = {"x": Estimate(1.0, 0.8)}, {"x": Estimate(2.0, 0.8)}
    >>> best_of(dict(zip("ab", noisy)), lower=["x"])
    'Best in x: no row, all are even.'
    """
    found = []
    for column in _columns(rows):
        names = _best(rows, column, column in lower)
        if len(rows) > 1 and len(names) == len(rows):
            found.append(f"{column}: no row, all are even")
        else:
            even = ", which are even" if len(names) > 1 else ""
            found.append(f"{column}: {' and '.join(names)}{even}")
    return f"Best in {'; '.join(found)}."


def _columns(rows: Scores) -> list[str]:
    names = [list(scores) for scores in rows.values()]
    if not names or not names[0] or any(each != names[0] for each in names):
        raise CourseError("A sheet needs rows that all have the same columns.")
    return names[0]


def _titles(columns: list[str], lower: Collection[str]) -> list[str]:
    return [f"{name} {'↓' if name in lower else '↑'}" for name in columns]


def _estimate(score: float | Estimate) -> Estimate:
    return score if isinstance(score, Estimate) else Estimate(float(score))


def _beaten(rows: Scores, column: str, lower: bool) -> list[int]:
    """By how many rows each row is clearly beaten."""
    found = [_estimate(scores[column]) for scores in rows.values()]
    sign = 1 if lower else -1
    return [
        sum(sign * (a.value - b.value) > 0 and a.differs(b) for b in found)
        for a in found
    ]


def _best(rows: Scores, column: str, lower: bool) -> list[str]:
    """The rows that no other row clearly beats, in their order."""
    beaten = _beaten(rows, column, lower)
    return [name for name, by in zip(rows, beaten, strict=True) if not by]


def _ranks(rows: Scores, column: str, lower: bool) -> list[float]:
    """1 for rows that none beats, 0 for the one that most rows beat."""
    beaten = np.array(_beaten(rows, column, lower))
    if not beaten.any():
        return [0.0 if len(beaten) > 1 else 1.0] * len(beaten)  # all even: no shade
    return (1 - beaten / beaten.max()).tolist()


def _number(score: float | Estimate) -> str:
    """Three figures: 0.093, 1.23, 12.3, 123; with the error where there is one."""
    if isinstance(score, Estimate) and score.error > 0:
        return str(score)
    value = float(score.value if isinstance(score, Estimate) else score)
    digits = max(0, 3 - len(f"{abs(value):.0f}")) if abs(value) >= 1 else 3
    return f"{value:.{digits}f}"
