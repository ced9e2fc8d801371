"""The chorales that come with the course: four voices in sixteenths.

`tools/ship_chorales.py` packs them; `data/chorales.md` says where they are from. Those
of one tune stand in the same part, so that no melody is learnt that is then asked for.

>>> train, valid = chorales()
>>> len(train), len(valid)
(301, 54)
"""

import hashlib
import json
import lzma
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aigc_course.apps.music.composer import Piece, piece
from aigc_course.apps.music.tokens import Onsets, Pitches
from aigc_course.data import shipped

FOLDER = Path(__file__).parent / "data"
FILE = FOLDER / "chorales.xz"
DIGEST = "875e3de229a6b7dd733ab9394bdc7ce4d7072f2bef6e9468b092360b030bdc58"
ONSET, FERMATA = 128, 1  # bits of a note's byte, and of the byte of a step


@dataclass(frozen=True)
class Chorale:
    """One chorale: pitches [T, 4] from soprano to bass (0 is a rest), onsets [T, 4].

    fermatas: bool [T], where the soprano's note has one. bar: sixteenths of a bar.
    first: the sixteenth of the bar at which it begins.
    """

    name: str
    pitches: Pitches
    onsets: Onsets
    fermatas: NDArray[np.bool_]
    bar: int = 16
    first: int = 0

    def __len__(self) -> int:
        return len(self.pitches)

    def part(self, start: int, end: int) -> "Chorale":
        """The steps from `start` to before `end`; what sounds first begins there."""
        pitches, onsets = self.pitches[start:end], self.onsets[start:end].copy()
        onsets[0] = pitches[0] > 0
        first = (self.first + start) % self.bar
        fermatas = self.fermatas[start:end]
        return Chorale(self.name, pitches, onsets, fermatas, self.bar, first)

    def piece(self) -> Piece:
        """As the networks read it."""
        return piece(self.pitches, self.onsets, self.first, self.bar, self.fermatas)


def pack(train: Sequence[Chorale], valid: Sequence[Chorale]) -> tuple[bytes, str]:
    """The file's bytes, and the SHA-256 of what is in them."""
    every = [*train, *valid]
    head = {
        "train": len(train),
        "names": [one.name for one in every],
        "steps": [len(one) for one in every],
        "bars": [one.bar for one in every],
        "firsts": [one.first for one in every],
    }
    notes = np.concatenate([one.pitches.astype(np.uint8) for one in every])
    onsets = np.concatenate([one.onsets for one in every])
    fermatas = np.concatenate([one.fermatas for one in every]).astype(np.uint8)
    # voice after voice: what follows in the file follows in the music
    body = (notes | onsets * np.uint8(ONSET)).T.tobytes() + fermatas.tobytes()
    content = json.dumps(head, separators=(",", ":")).encode() + b"\n" + body
    packed = lzma.compress(
        content, check=lzma.CHECK_CRC64, preset=9 | lzma.PRESET_EXTREME
    )
    return packed, hashlib.sha256(content).hexdigest()


@cache
def chorales() -> tuple[tuple[Chorale, ...], tuple[Chorale, ...]]:
    """Those to learn from, and those to be judged on.

    Every byte is checked. Raises DataError when the file is missing or damaged.
    """
    return _unpacked(shipped.unpacked(FILE, DIGEST, "file"))


def _unpacked(content: bytes) -> tuple[tuple[Chorale, ...], tuple[Chorale, ...]]:
    line, _, body = content.partition(b"\n")
    head = json.loads(line)
    total = sum(head["steps"])
    notes = np.frombuffer(body, np.uint8)[: 4 * total].reshape(4, total).T
    fermatas = np.frombuffer(body, np.uint8)[4 * total :].astype(bool)
    pitches, onsets = (notes & (ONSET - 1)).astype(np.int8), notes >= ONSET
    found, start = [], 0
    rows = zip(head["names"], head["steps"], head["bars"], head["firsts"], strict=True)
    for name, steps, bar, first in rows:
        cut = slice(start, start + steps)
        found.append(
            Chorale(name, pitches[cut], onsets[cut], fermatas[cut], bar, first)
        )
        start += steps
    return tuple(found[: head["train"]]), tuple(found[head["train"] :])
