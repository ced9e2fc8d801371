"""What a score is to a network: tokens of four voices at every step.

A score is an array of sounding pitches [T, 4] (soprano, alto, tenor, bass; 0 is a
rest) and an array of onsets, where True begins a note. A step is a sixteenth. A token
says what begins at a step: a pitch, a rest, or nothing, which is `HOLD`.

The tokens stand in the order in which they are written: soprano, bass, alto, tenor.
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

LOWEST = 29  # the MIDI number of token 0: F1
PITCHES = 60  # up to E6
REST, HOLD = PITCHES, PITCHES + 1
KINDS = PITCHES + 2  # of tokens
VOICES = ("soprano", "alto", "tenor", "bass")
ORDER = (0, 3, 1, 2)  # outer voices first: the melody, its bass, and what lies between
BACK = (0, 2, 3, 1)  # the place of soprano, alto, tenor, bass in the order
LONGEST = 16  # a note counts as held for at most so many steps
REACH = 30  # semitones up or down that an interval is told apart
INTERVALS = 2 * REACH + 2  # the last one is that to a rest

Pitches = NDArray[np.int8]
Onsets = NDArray[np.bool_]


class Context(NamedTuple):
    """What surrounds each step, int [B, T]: `beat` in the bar, 0 to 15, and `fermata`.

    fermata: 0 not known, 1 no, 2 yes.
    """

    beat: Tensor
    fermata: Tensor

    def cut(self, start: int, end: int) -> "Context":
        """The steps from `start` to before `end`."""
        return Context(self.beat[:, start:end], self.fermata[:, start:end])


def encode(pitches: Pitches, onsets: Onsets | None = None) -> Tensor:
    """Tokens int64 [T, 4] of a score, in the order of writing.

    onsets: None begins a note only where the pitch changes, as for scores that do not
    tell a repeated note from a held one.
    """
    changed = np.ones(pitches.shape, bool)
    changed[1:] = pitches[1:] != pitches[:-1]
    begins = changed if onsets is None else changed | onsets
    kinds = np.where(pitches > 0, pitches.astype(np.int64) - LOWEST, REST)
    repeated_rest = (kinds == REST) & ~changed
    tokens = np.where(begins & ~repeated_rest, kinds, HOLD)
    return torch.from_numpy(tokens[:, ORDER])


def decode(tokens: Tensor) -> tuple[Pitches, Onsets]:
    """Pitches and onsets [T, 4] in the order soprano to bass: `encode` backwards."""
    kinds = states(tokens[None])[0].numpy()[:, BACK]
    pitches = np.where(kinds < PITCHES, kinds + LOWEST, 0).astype(np.int8)
    onsets = (tokens.numpy()[:, BACK] != HOLD) & (pitches > 0)
    return pitches, onsets


def states(tokens: Tensor) -> Tensor:
    """What sounds at each step, [B, T, 4]: a pitch, REST, or HOLD where none is known.

    A held note goes on with what began before; HOLD at the start has nothing before.
    """
    return tokens.gather(1, _begun(tokens))


def ages(tokens: Tensor) -> Tensor:
    """For how many steps the note has sounded, this one included: 1 to LONGEST."""
    steps = torch.arange(tokens.shape[1])[None, :, None]
    return (steps - _begun(tokens) + 1).clamp(max=LONGEST)


def interval(to: Tensor, start: Tensor) -> Tensor:
    """Semitones from one state to another as an index below INTERVALS."""
    steps = (to - start).clamp(-REACH, REACH) + REACH
    sounding = (to < PITCHES) & (start < PITCHES)
    return torch.where(sounding, steps, INTERVALS - 1)


def transposed(tokens: Tensor, semitones: int) -> Tensor:
    """The tokens with all pitches moved."""
    return torch.where(tokens < PITCHES, tokens + semitones, tokens)


def room(tokens: Tensor) -> tuple[int, int]:
    """How many semitones down and up all pitches can move, as (down, up), at most 6."""
    notes = tokens[tokens < PITCHES]
    if not len(notes):
        return 0, 0
    return min(6, int(notes.min())), min(6, PITCHES - 1 - int(notes.max()))


def _begun(tokens: Tensor) -> Tensor:
    """The step at which what sounds began."""
    steps = torch.arange(tokens.shape[1])[None, :, None]
    return torch.where(tokens != HOLD, steps, 0).cummax(dim=1).values
