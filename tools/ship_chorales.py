"""Pack the chorales of chapter 16 into the package.

    python tools/ship_chorales.py music21-10.5.1-py3-none-any.whl

The wheel is that of the package index; it is read as an archive and not installed. The
same file gives the same bytes each time.
"""

import hashlib
import io
import math
import random
import re
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from aigc_course.apps.music.corpus import FILE, Chorale, pack
from aigc_course.files import write_bytes

KNOWN = "dc3309498c4c95cebdf8d4f20c868deb6b63bce1d929cad4f51a7ccc982987b1"
SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
VALID_SHARE = 0.15
MELODY = 16  # so many first notes say which tune it is


@dataclass(frozen=True)
class Note:
    """A note or rest (pitch 0) of one voice, in sixteenths."""

    start: float
    end: float
    pitch: int
    begins: bool
    fermata: bool


def main(arguments: list[str]) -> int:
    """Pack the chorales; return 0, or 1 when the wheel is not as published."""
    if len(arguments) != 1:
        print(__doc__)
        return 1
    data = Path(arguments[0]).read_bytes()
    if hashlib.sha256(data).hexdigest() != KNOWN:
        print(f"{arguments[0]} is not the published file; nothing was written.")
        return 1
    found = list(chorales(data))
    train, valid = split(distinct(found))
    packed, digest = pack(train, valid)
    write_bytes(FILE, packed)
    print(f"{len(found)} files with four voices, {len(train)} + {len(valid)} kept")
    print(f"{len(packed):,} bytes, SHA-256 of the content {digest}")
    return 0


def chorales(wheel: bytes) -> Iterator[Chorale]:
    """Every file of the corpus that holds four voices, in order of their names."""
    archive = zipfile.ZipFile(io.BytesIO(wheel))
    pattern = re.compile(r"music21/corpus/bach/(bwv[\d.]+[a-z\d.-]*)\.mxl")
    for name in sorted(archive.namelist()):
        match = pattern.fullmatch(name)
        made = match and chorale(match[1], archive.read(name))
        if made:
            yield made


def chorale(name: str, content: bytes) -> Chorale | None:
    """One compressed MusicXML file; None unless it has four single voices."""
    inner = zipfile.ZipFile(io.BytesIO(content))
    scores = [n for n in inner.namelist() if re.fullmatch(r"[^/]*\.(xml|musicxml)", n)]
    root = ElementTree.fromstring(inner.read(scores[0]))
    parts = root.findall("part")
    if len(parts) != 4:
        return None
    voices = [notes(part) for part in parts]
    if not all(voices):
        return None
    ends = {voice[-1].end for voice in voices}
    if len(ends) > 1 or not 32 <= (steps := math.ceil(min(ends))) <= 1_024:
        return None
    pitches = np.zeros((steps, 4), np.int8)
    onsets = np.zeros((steps, 4), bool)
    fermatas = np.zeros(steps, bool)
    for v, voice in enumerate(voices):
        for note in voice:
            # what sounds when the step begins; a shorter note within it is left out
            part = slice(math.ceil(note.start), math.ceil(note.end))
            pitches[part, v] = note.pitch
            if part.start < part.stop:
                onsets[part.start, v] = note.begins and note.pitch > 0
            if note.fermata and v == 0:
                fermatas[part] = True
    if pitches.max() > 88 or pitches[pitches > 0].min() < 29:
        return None
    bar, first = meter(parts[0])
    return Chorale(name, pitches, onsets, fermatas, bar, first)


def notes(part: ElementTree.Element) -> list[Note]:
    """The notes of a part; of those with two voices the first one's."""
    found: list[Note] = []
    divisions, now = 1, 0.0
    for element in part.iterfind("measure/*"):
        if element.tag == "attributes":
            divisions = int(element.findtext("divisions") or divisions)
        length = int(element.findtext("duration") or 0) / divisions * 4
        if element.tag == "backup":
            now -= length
        elif element.tag == "forward":
            now += length
        elif element.tag == "note":
            if element.find("grace") is not None or element.find("chord") is not None:
                continue
            if element.findtext("voice") in (None, "1"):
                found.append(_note(element, now, now + length))
            now += length
    return found


def _note(element: ElementTree.Element, start: float, end: float) -> Note:
    pitch = element.find("pitch")
    number = 0
    if pitch is not None:
        step, octave = pitch.findtext("step", ""), pitch.findtext("octave", "")
        alter = int(float(pitch.findtext("alter") or 0))
        number = 12 * (int(octave) + 1) + SEMITONES[step] + alter
    tied = any(tie.get("type") == "stop" for tie in element.iterfind("tie"))
    fermata = element.find("notations/fermata") is not None
    return Note(start, end, number, not tied, fermata)


def meter(part: ElementTree.Element) -> tuple[int, int]:
    """Sixteenths of a bar, and at which of them the piece begins."""
    beats = int(part.findtext("measure/attributes/time/beats") or 4)
    kind = int(part.findtext("measure/attributes/time/beat-type") or 4)
    bar = 16 * beats // kind
    divisions = int(part.findtext("measure/attributes/divisions") or 1)
    measure = part.find("measure")
    assert measure is not None
    lengths = [int(n.findtext("duration") or 0) for n in measure.findall("note")]
    first = sum(lengths) * 4 // divisions
    return bar, (bar - first) % bar


def tune(one: Chorale) -> tuple[int, ...]:
    """The steps between the first notes of the melody: the same in every key."""
    melody = one.pitches[one.onsets[:, 0], 0].astype(int)
    return tuple(np.diff(melody[: MELODY + 1]).tolist())


def distinct(found: list[Chorale]) -> list[Chorale]:
    """Without those that are, note for note or moved, a second copy of another."""
    seen: set[bytes] = set()
    kept = []
    for one in found:
        moved = np.where(one.pitches > 0, one.pitches - one.pitches[0].max(), 99)
        key = moved[:64].astype(np.int8).tobytes()
        if key not in seen:
            kept.append(one)
        seen.add(key)
    return kept


def split(found: list[Chorale]) -> tuple[list[Chorale], list[Chorale]]:
    """Chorales to learn from and to be judged on; those of one tune stay together.

    Two belong together if the first notes of their melodies move alike, or if half of
    what one melody sings in runs of eight notes stands in the other.
    """
    groups = tunes(found)
    random.Random(0).shuffle(groups)
    valid: list[Chorale] = []
    while len(valid) < VALID_SHARE * len(found):
        valid += groups.pop()
    train = [one for group in groups for one in group]
    random.Random(1).shuffle(train)
    random.Random(2).shuffle(valid)
    return train, valid


def tunes(found: list[Chorale]) -> list[list[Chorale]]:
    """The chorales in groups of one tune each."""
    runs = [_runs(one) for one in found]
    group = list(range(len(found)))

    def root(i: int) -> int:
        while group[i] != i:
            i = group[i]
        return i

    for i in range(len(found)):
        for j in range(i):
            shared = len(runs[i] & runs[j])
            if 2 * shared >= min(len(runs[i]), len(runs[j])) or (
                tune(found[i]) == tune(found[j])
            ):
                group[root(i)] = root(j)
    members: dict[int, list[Chorale]] = defaultdict(list)
    for i, one in enumerate(found):
        members[root(i)].append(one)
    return list(members.values())


def _runs(one: Chorale) -> set[tuple[int, ...]]:
    """Runs of seven intervals of the melody."""
    moves = np.diff(one.pitches[one.onsets[:, 0], 0].astype(int)).tolist()
    return {tuple(moves[i : i + 7]) for i in range(len(moves) - 6)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
