"""Scores as pictures: a bar for every note, one colour and pattern for every voice."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aigc_course.apps.music.midi import notes_of
from aigc_course.apps.music.tokens import VOICES, Onsets, Pitches
from aigc_course.plots.figures import BLUE, GREEN, ORANGE, PURPLE, new_figure

COLOURS = (BLUE, ORANGE, GREEN, PURPLE)
PATTERNS = ("", "//", "..", "xx")
NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")

Score = tuple[Pitches, Onsets]


def name(pitch: int) -> str:
    """The name of a MIDI number.

    >>> name(60), name(70)
    ('C4', 'A#4')
    """
    return f"{NAMES[pitch % 12]}{pitch // 12 - 1}"


def piano_roll(panels: Mapping[str, Score], bar: int = 16, first: int = 0) -> Figure:
    """One panel for each score: time in bars to the right, pitch upwards.

    first: the sixteenth of the bar at which the scores begin.
    """
    figure = new_figure(8, 2.3 * len(panels) + 0.3)
    axes = figure.subplots(len(panels), 1, squeeze=False)[:, 0]
    for panel, (title, (pitches, onsets)) in zip(axes, panels.items(), strict=True):
        _roll(panel, pitches, onsets, bar, first)
        panel.set_title(title, fontsize=10, loc="left")
    axes[-1].set_xlabel("bar")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=4, fontsize=8)
    return figure


def _roll(axes: Axes, pitches: Pitches, onsets: Onsets, bar: int, first: int) -> None:
    for voice in range(pitches.shape[1]):
        for number, note in enumerate(notes_of(pitches[:, voice], onsets[:, voice])):
            axes.barh(
                note.pitch,
                note.length - 0.25,
                left=note.start,
                height=0.9,
                color=COLOURS[voice],
                hatch=PATTERNS[voice],
                edgecolor="white",
                linewidth=0,
                label=VOICES[voice] if number == 0 else None,
            )
    lines = np.arange((bar - first) % bar, len(pitches) + 1, bar)
    for line in lines.tolist():
        axes.axvline(line, color="0.8", linewidth=0.8, zorder=0)
    axes.set_xticks(lines, [str(i + 1) for i in range(len(lines))], fontsize=8)
    sounding = pitches[pitches > 0]
    low, high = int(sounding.min()), int(sounding.max())
    marks = [p for p in range(low - 1, high + 2) if p % 12 in (0, 7)]
    axes.set_yticks(marks, [name(p) for p in marks], fontsize=8)
    axes.set_xlim(0, len(pitches))
    axes.set_ylim(low - 1.5, high + 3.5)


def in_words(pitches: Pitches) -> str:
    """The first and the last chord, from soprano to bass, in a sentence."""
    first, last = (
        ", ".join(name(int(p)) if p > 0 else "a rest" for p in row)
        for row in (pitches[0], pitches[-1])
    )
    return f"The first chord is {first}, the last one {last} (soprano to bass)."
