"""Figures of this folder: the tones of poems, and two measures of trials."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from aigc_course.apps.verse.names import Judged
from aigc_course.apps.verse.tones import table
from aigc_course.plots.figures import BLACK, BLUE, CYCLE, ORANGE, new_figure

MARKS = "osD^vPX*"


def tones(poems: Mapping[str, Sequence[str]]) -> Figure:
    """A disc for each level tone, a ring for an oblique one, a dot where it may be
    either.

    poems: a title, and the lines. The places that the rules ask for are darker.
    """
    figure = new_figure(2.4 * len(poems), 1.9)
    for i, (title, poem) in enumerate(poems.items()):
        axes = figure.add_subplot(1, len(poems), i + 1)
        _dots(axes, poem)
        axes.set_title(title, fontsize=9)
    return figure


def _dots(axes: Axes, poem: Sequence[str]) -> None:
    size = len(poem[0])
    axes.set(xlim=(0, size), ylim=(4, 0), aspect="equal", xticks=[], yticks=[])
    for row, line in enumerate(poem):
        for place, character in enumerate(line):
            level = table().level(character)
            asked = place == size - 1 or place % 2 == 1
            colour = (BLUE if level else ORANGE) if asked else "#b0b0b0"
            at, radius = (place + 0.5, row + 0.5), 0.1 if level is None else 0.3
            axes.add_patch(
                Circle(at, radius, fill=level is not False, color=colour, lw=2)
            )


def trials(found: Mapping[str, Judged]) -> Figure:
    """How much names look like names, and how many they cover; low is good in both."""
    figure = new_figure(5.6, 3.6)
    axes = figure.add_subplot()
    for n, (name, one) in enumerate(found.items()):
        colour, mark = [*CYCLE, BLACK][n % 7], MARKS[n % len(MARKS)]
        axes.plot(one.look, one.cover, mark, color=colour, label=name, markersize=8)
    axes.set_xlabel("look: nats per letter of samples, by counts of real names")
    axes.set_ylabel("cover: nats per letter of\nunseen names, by counts of samples")
    axes.legend(fontsize=8, frameon=False)
    return figure
