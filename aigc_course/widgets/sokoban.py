"""Play Sokoban levels in the notebook: by keyboard, by buttons, with undo and help."""

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from aigc_course import plots
from aigc_course.apps.levels import picture
from aigc_course.apps.levels.solver import fewest_moves, solve
from aigc_course.apps.levels.tiles import BOXES, Tiles, check, count, to_text
from aigc_course.errors import CourseError
from aigc_course.widgets.replies import Reply
from aigc_course.widgets.stage import can_play, stage

MOST = 24  # levels to choose from
STATES = 20_000  # that the solver may look at for one level
SHOWN = 6  # levels in the figure that stands for the page


def level_lab(levels: Sequence[Tiles]) -> Any:
    """Play levels: arrow keys move, U undoes, N shows the next move of a solution.

    levels: uint8 [H, W] each, 1 to 24 of them.

    Returns a widget, to stand last in a cell. Where no widget can run (anywidget is
    missing, or AIGC_FAST=1) a figure is shown and None returned. Raises CourseError for
    no levels, too many, and one that cannot be played.
    """
    if not 0 < len(levels) <= MOST:
        raise CourseError(f"The lab takes 1 to {MOST} levels, not {len(levels)}.")
    shown = [check(level) for level in levels]
    if not can_play():
        plots.show(*lab_strip(shown))
        return None
    return stage(
        "sokoban.js",
        _nothing,
        lambda: lab_strip(shown),
        offer={"levels": [_offered(i, one) for i, one in enumerate(shown, start=1)]},
    )


def lab_strip(levels: Sequence[Tiles]) -> tuple[Figure, str]:
    """The first levels side by side, and in words how long each takes."""
    first = list(levels[:SHOWN])
    told = [_offered(i, level)["title"] for i, level in enumerate(first, start=1)]
    figure = picture.levels(first, [f"level {i}" for i in range(1, len(first) + 1)])
    return figure, f"Levels to play: {'; '.join(told)}. {picture.in_words(first[0])}"


def _offered(number: int, level: Tiles) -> dict[str, Any]:
    """What the page gets to know of one level."""
    answer = solve(level, STATES)
    shortest = fewest_moves(level, STATES)[0]
    boxes = int(count(level, BOXES))
    things = "1 box" if boxes == 1 else f"{boxes} boxes"
    length = f"{shortest} moves" if shortest else f"solution {answer.verdict}"
    return {
        "title": f"{number}: {things}, {length}",
        "text": to_text(level),
        "solution": answer.moves,
        "shortest": shortest,
    }


def _nothing(message: dict[str, Any]) -> Reply:
    """The page plays by itself and asks for nothing."""
    return {"kind": "nothing"}, []
