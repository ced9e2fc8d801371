"""Exercise on the way from steps to notes, as a MIDI file needs them."""

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "16.notes_of",
    order=30,
    title="From sixteenths to notes",
    difficulty=2,
    minutes=12,
    asks="method",
    idea="Walk along the steps and keep the note that sounds. It ends where another one"
    " begins, where a rest stands, or with the last step.",
    formula="Where `onsets` is True a note of length 1 begins. Where it is False and"
    " the pitch is above 0, the last note grows by 1. A rest changes nothing.",
    line="Start with `found = []`; for each step with a pitch above 0, append `(t, 1,"
    " pitch)` at an onset, and otherwise replace `found[-1]` by the same note with a"
    " length that is larger by 1; return `found`.",
    line_is_part="it describes a loop",
    variation="Write the way back, from a list of notes to the two arrays.",
)

Note = tuple[int, int, int]


@exercise.answer
def notes_of(pitches: Tensor, onsets: Tensor) -> list[Note]:
    """The notes of one voice as (first step, length in steps, pitch), in order.

    pitches: the MIDI number that sounds at each step, int [T]; 0 is a rest. onsets:
    bool [T], True where a note begins. A repeated note begins anew at its onset.
    """
    found: list[Note] = []
    steps = zip(pitches.tolist(), onsets.tolist(), strict=True)
    for t, (pitch, begins) in enumerate(steps):
        if pitch > 0 and begins:
            found.append((t, 1, pitch))
        elif pitch > 0:
            start, length, _ = found[-1]
            found[-1] = (start, length + 1, pitch)
    return found


Voice = tuple[Tensor, Tensor]


def voice(notes: list[tuple[int, int]]) -> Voice:
    """Arrays of notes (length, pitch) in a row; pitch 0 is a rest."""
    pitches, onsets = [], []
    for length, pitch in notes:
        pitches += [pitch] * length
        onsets += [pitch > 0] + [False] * (length - 1)
    return torch.tensor(pitches), torch.tensor(onsets)


@exercise.inputs
def lines() -> list[Voice]:
    return [
        voice([(4, 60), (2, 62), (2, 64)]),
        voice([(4, 60), (4, 60), (8, 60)]),  # repeated notes
        voice([(4, 60), (2, 0), (4, 60)]),  # a rest between two equal notes
        voice([(2, 0), (3, 67), (1, 65), (1, 65), (3, 0)]),
        voice([(1, 72), (1, 72), (1, 71), (1, 72)]),
        voice([(6, 55)]),
        voice([(4, 0)]),
        voice([(4, 60), (2, 0), (2, 62), (2, 0), (2, 60), (4, 64)]),
    ]


@exercise.must_hold
def lengths_add_up(f) -> bool:
    """The lengths of all notes together are the steps that sound."""
    return all(
        sum(int(note[1]) for note in f(p, o)) == int((p > 0).sum()) for p, o in lines()
    )


@exercise.must_hold
def one_note_for_each_onset(f) -> bool:
    """There are as many notes as onsets."""
    return all(len(f(p, o)) == int(o.sum()) for p, o in lines())


def _runs(pitches: Tensor) -> list[Note]:
    found: list[Note] = []
    for t, pitch in enumerate(pitches.tolist()):
        if found and found[-1][2] == pitch and sum(found[-1][:2]) == t:
            found[-1] = (found[-1][0], found[-1][1] + 1, pitch)
        elif pitch > 0:
            found.append((t, 1, pitch))
    return found


@exercise.mistake(hint="idea")
def repeats_joined(pitches, onsets):
    """You join repeated notes into a long one. Two notes of one pitch are two notes:
    ask `onsets` where a note begins."""
    return _runs(pitches)


@exercise.mistake(hint="idea")
def every_step_a_note(pitches, onsets):
    """You make a note of every step. A step without an onset goes on with the note
    before it."""
    return [(t, 1, p) for t, p in enumerate(pitches.tolist()) if p > 0]


@exercise.mistake(hint="idea")
def rests_are_notes(pitches, onsets):
    """You return rests as notes with pitch 0. A rest is not a note: leave it out."""
    found: list[Note] = []
    steps = zip(pitches.tolist(), onsets.tolist(), strict=True)
    for t, (pitch, begins) in enumerate(steps):
        if begins or not found or (pitch == 0) != (found[-1][2] == 0):
            found.append((t, 1, pitch))
        else:
            found[-1] = (found[-1][0], found[-1][1] + 1, pitch)
    return found


@exercise.mistake(hint="formula")
def rests_lengthen(pitches, onsets):
    """You let a note sound until the next onset. A rest ends it earlier: count only the
    steps whose pitch is above 0."""
    starts = onsets.nonzero().flatten().tolist()
    ends = [*starts[1:], len(pitches)]
    return [(s, e - s, int(pitches[s])) for s, e in zip(starts, ends, strict=False)]


@exercise.mistake(hint="formula")
def ends_not_lengths(pitches, onsets):
    """You return the step at which a note ends. The second number is its length: end
    minus start."""
    return [(s, s + n, p) for s, n, p in notes_of(pitches, onsets)]


@exercise.mistake(hint="idea")
def last_note_lost(pitches, onsets):
    """You write a note when the next one begins, so the last one is lost. Write it
    after the loop, too."""
    return notes_of(pitches, onsets)[:-1]


@exercise.mistake(hint="formula")
def one_too_short(pitches, onsets):
    """Your lengths are too small by 1. A note that begins and ends within one step has
    the length 1."""
    return [(s, n - 1, p) for s, n, p in notes_of(pitches, onsets)]


@exercise.mistake(hint="formula")
def counted_from_one(pitches, onsets):
    """You count the steps from 1. The first step is number 0."""
    return [(s + 1, n, p) for s, n, p in notes_of(pitches, onsets)]


@exercise.mistake(hint="formula")
def pitch_first(pitches, onsets):
    """You put the pitch first. The order is: first step, length, pitch."""
    return [(p, s, n) for s, n, p in notes_of(pitches, onsets)]


@exercise.mistake(hint="formula")
def breaks_over_a_rest_joined(pitches, onsets):
    """You join two equal notes although a rest stands between them. Ask whether the
    note before has reached this step."""
    found: list[Note] = []
    for s, n, p in notes_of(pitches, onsets):
        if found and found[-1][2] == p and s > sum(found[-1][:2]):
            found[-1] = (found[-1][0], s + n - found[-1][0], p)
        else:
            found.append((s, n, p))
    return found


@exercise.mistake(hint="formula")
def pitch_second(pitches, onsets):
    """You put the pitch second. The order is: first step, length, pitch."""
    return [(s, p, n) for s, n, p in notes_of(pitches, onsets)]


@exercise.mistake(hint="formula")
def one_too_long(pitches, onsets):
    """Your lengths are too large by 1. A note that begins and ends within one step has
    the length 1."""
    return [(s, n + 1, p) for s, n, p in notes_of(pitches, onsets)]


@exercise.mistake(hint="idea")
def short_notes_lost(pitches, onsets):
    """You leave out notes of one step. A step with an onset is a note even if no step
    goes on with it."""
    return [note for note in notes_of(pitches, onsets) if note[1] > 1]


@exercise.mistake(hint="formula")
def last_steps_not_lengths(pitches, onsets):
    """You return the last step of a note. The second number is its length: last step
    minus first step, plus 1."""
    return [(s, s + n - 1, p) for s, n, p in notes_of(pitches, onsets)]


@exercise.mistake(hint="formula")
def lengths_all_one(pitches, onsets):
    """You give every note the length 1. Count also the steps on which it goes on."""
    return [(s, 1, p) for s, _, p in notes_of(pitches, onsets)]


@exercise.mistake(hint="idea")
def without_starts(pitches, onsets):
    """You return length and pitch alone. Notes after a rest need their first step,
    too: (first step, length, pitch)."""
    return [(n, p) for _, n, p in notes_of(pitches, onsets)]


@exercise.mistake(hint="formula")
def in_beats(pitches, onsets):
    """You count in beats of four steps. First step and length are numbers of
    sixteenths."""
    return [(s / 4, n / 4, p) for s, n, p in notes_of(pitches, onsets)]
