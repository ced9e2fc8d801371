"""What a chorale is measured by: parallels, crossings, ranges, leaps, copied bars.

Bach's own figures are the scale: none of them is zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from aigc_course.apps.music.tokens import Pitches
from aigc_course.errors import CourseError

PERFECT = (0, 7)  # octaves (and unisons), fifths: semitones modulo 12
OCTAVE = 12
WINDOW = 16  # steps of a passage that counts as copied
PAIRS = tuple(combinations(range(4), 2))


@dataclass(frozen=True)
class Report:
    """Figures of a set of scores.

    parallels: parallel fifths and octaves per 100 chord changes. crossings: share of
    the steps in which a voice lies above a higher one. outside: share of the notes out
    of the voice's range. leaps: share of the moves of more than an octave. held: share
    of the notes that go on from the step before. changes: how many chord changes.
    """

    parallels: float
    crossings: float
    outside: float
    leaps: float
    held: float
    changes: int

    def __str__(self) -> str:
        return (
            f"{self.parallels:.2f} parallels per 100 chord changes,"
            f" {self.crossings:.1%} of steps with crossed voices,"
            f" {self.outside:.2%} of notes out of range,"
            f" {self.leaps:.2%} of moves over an octave, {self.held:.1%} held"
        )


def parallels(high: NDArray[np.integer], low: NDArray[np.integer]) -> int:
    """How often two voices move in parallel fifths or octaves.

    h_{t+1} - h_t = l_{t+1} - l_t != 0 and |h_t - l_t| = 0 or 7 (mod 12), both sounding

    high, low: MIDI numbers at every step, 0 is a rest.
    """
    h, low_ = high.astype(int), low.astype(int)
    sounding = (h > 0) & (low_ > 0)
    both = sounding[1:] & sounding[:-1]
    move, same = np.diff(h), np.diff(h) == np.diff(low_)
    perfect = np.isin(np.abs(h - low_)[:-1] % OCTAVE, PERFECT)
    return int((both & same & (move != 0) & perfect).sum())


def changes(pitches: Pitches) -> int:
    """At how many steps at least one voice has another pitch than before."""
    return int((pitches[1:] != pitches[:-1]).any(axis=1).sum())


def ranges(scores: Sequence[Pitches]) -> NDArray[np.int64]:
    """Lowest and highest note of each voice, int [4, 2]."""
    _some(scores)
    every = np.concatenate(scores).astype(int)
    low = np.where(every > 0, every, 999).min(axis=0)
    return np.stack([low, every.max(axis=0)], axis=1)


def report(scores: Sequence[Pitches], known: NDArray[np.int64]) -> Report:
    """All figures of some scores; known: the ranges of Bach's voices, `ranges`."""
    _some(scores)
    found, moves = 0, 0
    crossed = outside = sounding = leaps = held = steps = 0
    for one in scores:
        p = one.astype(int)
        found += sum(parallels(p[:, a], p[:, b]) for a, b in PAIRS)
        moves += changes(one)
        both = (p[:, 1:] > 0) & (p[:, :-1] > 0)
        crossed += int(((p[:, 1:] > p[:, :-1]) & both).any(axis=1).sum())
        sounds = p > 0
        outside += int((sounds & ((p < known[:, 0]) | (p > known[:, 1]))).sum())
        sounding += int(sounds.sum())
        held += int((p[1:] == p[:-1]).sum())
        steps += len(p)
        leaps += _leaps(p)
    return Report(
        parallels=100 * found / max(moves, 1),
        crossings=crossed / steps,
        outside=outside / max(sounding, 1),
        leaps=leaps / max(4 * steps - held, 1),
        held=held / max(4 * (steps - len(scores)), 1),
        changes=moves,
    )


def copied(scores: Sequence[Pitches], source: Sequence[Pitches]) -> float:
    """Share of the passages of a bar that stand, in some key, in the source."""
    known = {key for one in source for key in _passages(one, 4)}
    asked = [key for one in scores for key in _passages(one, WINDOW)]
    return sum(key in known for key in asked) / max(len(asked), 1)


def _passages(pitches: Pitches, stride: int) -> list[bytes]:
    """Every window of a bar, its notes counted from its first soprano note."""
    p = pitches.astype(np.int16)
    found = []
    for start in range(0, len(p) - WINDOW + 1, stride):
        part = p[start : start + WINDOW]
        moved = np.where(part > 0, part - part[0, 0], 99).astype(np.int8)
        found.append(moved.tobytes())
    return found


def _leaps(pitches: NDArray[np.int64]) -> int:
    both = (pitches[1:] > 0) & (pitches[:-1] > 0)
    return int((both & (np.abs(np.diff(pitches, axis=0)) > OCTAVE)).sum())


def _some(scores: Sequence[Pitches]) -> None:
    if not scores or not sum(len(one) for one in scores):
        raise CourseError("There is no score to measure; give at least one.")
