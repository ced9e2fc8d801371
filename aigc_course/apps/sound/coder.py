"""Sound as bytes and back, bit for bit, with any predictor.

A sample is coded in two parts, since 65,536 symbols are too many for the course's
entropy coder: which bin it falls into, with the predictor's probability, and where in
the bin, evenly. Bins are 2^b wide, at most half of the distribution's own width, so
that little is lost. A sample outside all bins is written as it is.

Encoder and decoder call the predictor with the same shapes in the same order. On one
machine they then compute the same numbers to the last bit, which decoding needs.
"""

import io
import math
import struct
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aigc_course.apps.sound.instruments import RATE, Notes
from aigc_course.apps.sound.past import BEFORE, Past
from aigc_course.apps.sound.predictor import Guess, Predictor
from aigc_course.errors import CourseError
from aigc_course.vae.coding import TOTAL, Message, frequencies, sealed

BINS = 256
ESCAPE = BINS  # the symbol of a sample outside all bins
MAGIC = b"AIGS"
HEAD = struct.Struct("<4sHH")  # magic, notes, samples of each
NOTE = struct.Struct("<HB")  # period in 1/512 samples, kind
FINE = 512


def encode(notes: Notes, predictor: Predictor) -> bytes:
    """Notes as bytes; `decode` with an equal predictor gives them back exactly."""
    n, length = notes.waves.shape
    heads = [
        (round(FINE * RATE / pitch), int(kind))
        for pitch, kind in zip(notes.pitches, notes.kinds, strict=True)
    ]
    past, pushes = _past(heads, length), []
    predictor.start(past)
    for t in range(length):
        guess, x = predictor.guess(t, past), notes.waves[:, t].astype(float)
        for row, value in zip(_rows(guess), x.astype(int).tolist(), strict=True):
            pushes += _symbols(row, value)
        predictor.learn(x)
        past.put(t, x)
    message = sealed(torch.from_numpy(notes.waves.astype(np.int32)))
    for c, f in reversed(pushes):  # what is pushed last is popped first
        message.push(c, f)
    described = b"".join(NOTE.pack(*head) for head in heads)
    return HEAD.pack(MAGIC, n, length) + described + message.to_bytes()


def decode(data: bytes, predictor: Predictor) -> NDArray[np.int16]:
    """The waves [n, length] behind the bytes; CourseError for damaged ones."""
    heads, length, start = _read_head(data)
    past, message = _past(heads, length), Message(data[start:])
    predictor.start(past)
    for t in range(length):
        rows = _rows(predictor.guess(t, past))
        x = np.array([_value(row, message) for row in rows], float)
        predictor.learn(x)
        past.put(t, x)
    waves: NDArray[np.int16] = past.samples[:, BEFORE:].astype(np.int16)
    message.close(torch.from_numpy(waves.astype(np.int32)))
    return waves


def _read_head(data: bytes) -> tuple[list[tuple[int, int]], int, int]:
    """What each note says of itself, the length of all, and where samples start."""
    if len(data) < HEAD.size or data[:4] != MAGIC:
        raise CourseError("These bytes are no notes: they do not begin with AIGS.")
    _, n, length = HEAD.unpack_from(data)
    start = HEAD.size + n * NOTE.size
    if len(data) < start:
        raise CourseError("The coded notes are cut off within their description.")
    places = range(HEAD.size, start, NOTE.size)
    heads = [NOTE.unpack_from(data, place) for place in places]
    if any(period < 2 * FINE or kind > 2 for period, kind in heads):
        raise CourseError("The coded notes are damaged: no note has such a period.")
    return heads, length, start


def _past(heads: list[tuple[int, int]], length: int) -> Past:
    pitches = np.array([RATE * FINE / period for period, _ in heads])
    return Past(pitches, length, np.array([kind for _, kind in heads]))


class _Row:
    """One sample's bins: where they start, their width, and their running sums."""

    def __init__(self, low: int, b: int, ends: list[int]) -> None:
        self.low, self.b, self.ends = low, b, ends


def _rows(guess: Guess) -> list[_Row]:
    """Bins for each note. 2^b: the largest power of 2 up to half the mean width."""
    centres, log_scales, logits = (part.double() for part in guess)
    weights = logits.softmax(1)
    log_scales = log_scales.clamp(-1.5, 12)
    middle = (weights * centres).sum(1).round()  # [n]
    b = ((weights * log_scales).sum(1) / math.log(2) - 1).floor().clamp(0, 9)
    low = middle - BINS // 2 * 2**b
    edges = low[:, None] + 2 ** b[:, None] * torch.arange(BINS + 1) - 0.5
    z = (edges[:, :, None] - centres[:, None]) * (-log_scales).exp()[:, None]
    below = (weights[:, None] * z.sigmoid()).sum(2)  # [n, BINS + 1]
    inside = below.diff(dim=1)
    p = torch.cat([inside, (1 - inside.sum(1, keepdim=True)).clamp(min=0)], 1)
    ends = frequencies(p / p.sum(1, keepdim=True)).cumsum(1)
    rows = zip(_whole(low), _whole(b), ends.tolist(), strict=True)
    return [_Row(*row) for row in rows]


def _whole(x: Tensor) -> list[int]:
    return x.long().tolist()


def _symbols(row: _Row, value: int) -> list[tuple[int, int]]:
    """(c, f) of the parts of a sample, in the order of decoding."""
    place, rest = divmod(value - row.low, 1 << row.b)
    if not 0 <= place < BINS:
        return [_span(row.ends, ESCAPE), (value + TOTAL // 2, 1)]
    even = TOTAL >> row.b
    return [_span(row.ends, place), (rest * even, even)]


def _span(ends: list[int], symbol: int) -> tuple[int, int]:
    before = ends[symbol - 1] if symbol else 0
    return before, ends[symbol] - before


def _value(row: _Row, message: Message) -> int:
    """The sample whose parts come next in the message."""
    place = message.pop(row.ends)
    if place == ESCAPE:
        return message.pop(_even(1)) - TOTAL // 2
    return row.low + (place << row.b) + message.pop(_even(TOTAL >> row.b))


def _even(f: int) -> Any:
    """Running sums of equal frequencies f, without a list of them."""
    return range(f, TOTAL + 1, f)


def flac_bytes(notes: Notes) -> int | None:
    """Bytes of all notes, one after another, as one FLAC file at level 8.

    None where the package soundfile, of the extra `media`, is not installed.
    """
    if find_spec("soundfile") is None:
        return None
    import soundfile

    file = io.BytesIO()
    soundfile.write(
        file, notes.waves.reshape(-1), RATE, format="FLAC", compression_level=1.0
    )
    back, _ = soundfile.read(io.BytesIO(file.getvalue()), dtype="int16")
    if not np.array_equal(back, notes.waves.reshape(-1)):
        raise CourseError("FLAC did not give back the notes; update soundfile.")
    return len(file.getvalue())
