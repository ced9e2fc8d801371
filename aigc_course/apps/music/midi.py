"""Scores as MIDI files, and melodies out of other people's MIDI files, by `mido`.

mido comes with `pip install 'aigc-course[media]'`; it is loaded when it is used.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from aigc_course.apps.music.tokens import VOICES, Onsets, Pitches
from aigc_course.errors import CourseError

TICKS = 480  # of a quarter note
STEP = TICKS // 4
TEMPO = 80  # quarter notes in a minute
PROGRAM = 19  # a church organ
LOUDNESS = 80
MOST_BYTES = 2**20
MOST_STEPS = 512  # 32 bars of four quarters
REST = -1  # while a file is read, in which 0 is the lowest note
SOPRANO = (57, 81)  # A3 to A5: what the sopranos of the corpus sing


class Note(NamedTuple):
    """A note of a voice: its first step, its length in steps, and its pitch."""

    start: int
    length: int
    pitch: int


@dataclass(frozen=True)
class Melody:
    """One voice: pitches [T] (0 is a rest), onsets [T], and where in a bar it begins.

    bar: sixteenths of a bar. first: the sixteenth of the bar of the first step.
    """

    pitches: Pitches
    onsets: Onsets
    bar: int = 16
    first: int = 0


def notes_of(pitches: Pitches, onsets: Onsets) -> list[Note]:
    """The notes of one voice [T], in order of time."""
    found: list[Note] = []
    for t, (pitch, begins) in enumerate(
        zip(pitches.tolist(), onsets.tolist(), strict=True)
    ):
        last = found[-1] if found else None
        goes_on = last and last.pitch == pitch and last.start + last.length == t
        if last and goes_on and not begins:
            found[-1] = last._replace(length=last.length + 1)
        elif pitch > 0:
            found.append(Note(t, 1, pitch))
    return found


def to_bytes(
    pitches: Pitches, onsets: Onsets, tempo: int = TEMPO, bar: int = 16
) -> bytes:
    """A MIDI file of format 1: one track for each voice, and one for the tempo.

    pitches, onsets: [T, V]. tempo: quarter notes in a minute. Raises CourseError
    without mido, and when nothing sounds.
    """
    if not (pitches > 0).any():
        raise CourseError("The score has no note; there is nothing to write.")
    mido = need_mido()
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS)
    head = mido.MidiTrack()
    head.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo)))
    head.append(mido.MetaMessage("time_signature", numerator=bar // 4, denominator=4))
    file.tracks.append(head)
    for voice in range(pitches.shape[1]):
        file.tracks.append(
            _track(mido, voice, notes_of(pitches[:, voice], onsets[:, voice]))
        )
    memory = io.BytesIO()
    file.save(file=memory)
    return memory.getvalue()


def _track(mido: Any, voice: int, notes: list[Note]) -> Any:
    track = mido.MidiTrack()
    name = VOICES[voice] if voice < len(VOICES) else f"voice {voice + 1}"
    track.append(mido.MetaMessage("track_name", name=name))
    track.append(mido.Message("program_change", program=PROGRAM, channel=voice))
    # a note ends before the next one begins: offs stand first at equal times
    events = [(n.start, True, n.pitch) for n in notes]
    events += [(n.start + n.length, False, n.pitch) for n in notes]
    now = 0
    for step, begins, pitch in sorted(events, key=lambda e: (e[0], e[1])):
        kind = "note_on" if begins else "note_off"
        track.append(
            mido.Message(
                kind,
                note=pitch,
                velocity=LOUDNESS if begins else 0,
                channel=voice,
                time=(step - now) * STEP,
            )
        )
        now = step
    return track


def read_notes(data: bytes) -> tuple[list[list[Note]], int]:
    """The notes of each track that has any, on a grid of sixteenths, and the bar.

    Raises CourseError without mido, and for bytes that are no MIDI file.
    """
    mido = need_mido()
    try:
        file = mido.MidiFile(file=io.BytesIO(data))
        tracks = [list(track) for track in file.tracks]
        quarter = int(file.ticks_per_beat)
    except Exception as error:  # mido raises what struct, int and its parser raise
        reason = str(error) or type(error).__name__
        raise CourseError(
            f"This is no MIDI file that can be read ({reason}); export it again as a"
            " standard MIDI file."
        ) from error
    if quarter <= 0:
        raise CourseError(
            "The MIDI file counts frames and not beats; export it with ticks per beat."
        )
    bar = 16
    for message in (m for track in tracks for m in track):
        if message.type == "time_signature":
            bar = 16 * message.numerator // message.denominator
            break
    voices = [sorted(_notes(track, quarter)) for track in tracks]
    return [voice for voice in voices if voice], bar


def _notes(track: list[Any], quarter: int) -> Iterator[Note]:
    """Pairs of note on and note off; what is never ended is left out."""
    now = 0
    open_: dict[tuple[int, int], int] = {}
    for message in track:
        now += message.time
        if message.type not in ("note_on", "note_off") or message.channel == 9:
            continue  # channel 9 are drums
        key = message.channel, message.note
        if key in open_:
            start = _step(open_.pop(key), quarter)
            yield Note(start, max(1, _step(now, quarter) - start), message.note)
        if message.type == "note_on" and message.velocity > 0:
            open_[key] = now


def _step(tick: int, quarter: int) -> int:
    """The nearest sixteenth; a half is rounded up."""
    return (8 * tick + quarter) // (2 * quarter)


def melody(data: bytes) -> Melody:
    """The highest line of a MIDI file, from its first note to its last.

    Raises CourseError for a file that cannot be read, that holds no note, that is too
    long, or whose highest line leaves the soprano's range.
    """
    tracks, bar = read_notes(data)
    notes = sorted(note for track in tracks for note in track)
    if not notes:
        raise CourseError("The MIDI file holds no note; give one with a melody.")
    begin = notes[0].start
    steps = max(n.start + n.length for n in notes) - begin
    if steps > MOST_STEPS:
        raise CourseError(
            f"The melody has {steps} sixteenths; give one of at most {MOST_STEPS}."
        )
    pitches, onsets = np.full(steps, REST, np.int8), np.zeros(steps, bool)
    for start, length, pitch in notes:
        for t in range(start - begin, start - begin + length):
            if pitch > pitches[t]:
                pitches[t], onsets[t] = pitch, t == start - begin
    _in_range(pitches)
    pitches[pitches == REST] = 0
    bar = bar if bar in (8, 12, 16) else 16
    return Melody(pitches, onsets, bar, begin % bar)


def _in_range(pitches: Pitches) -> None:
    low, high = int(pitches[pitches != REST].min()), int(pitches.max())
    if SOPRANO[0] <= low and high <= SOPRANO[1]:
        return
    if high - low > SOPRANO[1] - SOPRANO[0]:
        raise CourseError(
            f"The melody goes from {low} to {high} (MIDI numbers), which is more than"
            f" a soprano has: {SOPRANO[0]} to {SOPRANO[1]}."
        )
    move = SOPRANO[0] - low if low < SOPRANO[0] else SOPRANO[1] - high
    raise CourseError(
        f"The melody goes from {low} to {high} (MIDI numbers) and the sopranos here"
        f" from {SOPRANO[0]} to {SOPRANO[1]}: transpose it by {move:+d} semitones."
    )


def need_mido() -> Any:
    """The package mido; CourseError where it is missing."""
    try:
        import mido
    except ImportError as error:
        raise CourseError(
            "MIDI files need the package mido: pip install 'aigc-course[media]'."
        ) from error
    return mido
