"""What `aigc compose` does: scores from the shipped networks, into files."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from aigc_course.apps.music import midi, shipped, synth
from aigc_course.apps.music.composer import BAR, piece
from aigc_course.apps.music.harmoniser import harmonise
from aigc_course.apps.music.tokens import Context, Onsets, Pitches, decode
from aigc_course.apps.music.writer import compose, phrases
from aigc_course.errors import CourseError
from aigc_course.files import read_bytes, target, whole_file

ROUNDS = 0  # of blocked Gibbs sampling: more made more parallels, see the record


@dataclass(frozen=True)
class Score:
    """Pitches and onsets [T, 4], and the sixteenths of a bar."""

    pitches: Pitches
    onsets: Onsets
    bar: int = BAR


def check_temperature(temperature: float) -> None:
    """CourseError unless it is from 0.1 to 2."""
    if not 0.1 <= temperature <= 2:
        raise CourseError(f"The temperature is from 0.1 to 2, not {temperature:g}.")


def places(
    out: Path, wav: Path | None, n: int, *, overwrite: bool
) -> list[tuple[Path, Path | None]]:
    """Where each score goes, and its sound. CourseError for what is there already."""
    if out.suffix.lower() not in (".mid", ".midi"):
        raise CourseError(f"A MIDI file ends in .mid; {out} does not.")
    if wav is not None and wav.suffix.lower() != ".wav":
        raise CourseError(f"A sound file ends in .wav; {wav} does not.")
    found = [
        (_numbered(out, i, n), None if wav is None else _numbered(wav, i, n))
        for i in range(n)
    ]
    for path in (path for pair in found for path in pair):
        if path is not None and path.exists() and not overwrite:
            raise CourseError(f"{path} exists; give another name, or add --overwrite.")
    return found


def new(bars: int, n: int, seed: int, temperature: float) -> list[Score]:
    """n scores from nothing, with an upbeat."""
    generator = torch.Generator().manual_seed(seed)
    context = phrases(bars * BAR, n)
    tokens = compose(shipped.composer(), context, generator, temperature)
    return [Score(*decode(one)) for one in tokens]


def harmonies(file: Path, n: int, seed: int, temperature: float) -> list[Score]:
    """n harmonisations of the melody of a MIDI file.

    Raises CourseError where there is no melody that can be read.
    """
    line = midi.melody(read_bytes(file, midi.MOST_BYTES))
    return harmonised(line, n, seed, temperature)


def harmonised(line: midi.Melody, n: int, seed: int, temperature: float) -> list[Score]:
    """n harmonisations of a melody, whose fermatas are not known."""
    one = np.repeat(line.pitches[:, None], 4, axis=1)
    begins = np.repeat(line.onsets[:, None], 4, axis=1)
    read = piece(one, begins, line.first, line.bar)
    around = Context(*(part.expand(n, -1) for part in read.context))
    generator = torch.Generator().manual_seed(seed)
    tokens = harmonise(
        shipped.harmoniser(),
        read.tokens[:, 0],
        around,
        generator,
        rounds=ROUNDS,
        temperature=temperature,
    )
    return [Score(*decode(part), line.bar) for part in tokens]


def write(
    scores: Sequence[Score], files: Sequence[tuple[Path, Path | None]], tempo: int
) -> None:
    """All scores as MIDI files and, where a name is given, as sound.

    All of them or none: a place that cannot be written leaves no file behind.
    """
    made = []
    for score, (file, sound) in zip(scores, files, strict=True):
        data = midi.to_bytes(score.pitches, score.onsets, tempo, score.bar)
        made.append((file, data))
        if sound is not None:
            heard = synth.play(score.pitches, score.onsets, tempo)
            made.append((sound, synth.wav_bytes(heard)))
    with ExitStack() as together:  # all files are renamed once all are written
        for path, data in made:
            temporary = together.enter_context(whole_file(target(path)))
            temporary.write_bytes(data)


def count(score: Score) -> int:
    """How many notes a score has."""
    return int(score.onsets.sum())


def _numbered(path: Path, i: int, n: int) -> Path:
    return path if n == 1 else path.with_stem(f"{path.stem}-{i + 1}")
