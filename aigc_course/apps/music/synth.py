"""A synthesiser in NumPy: scores as sound, and sound as a WAV file.

Each note is a sum of harmonics, as of an organ pipe, with a short rise and fall.
"""

import io
import wave

import numpy as np
from numpy.typing import NDArray

from aigc_course.apps.music.midi import TEMPO, notes_of
from aigc_course.apps.music.tokens import Onsets, Pitches
from aigc_course.errors import CourseError

RATE = 22_050
A4, A4_HERTZ = 69, 440.0
HARMONICS = 6
RISE = 0.02  # seconds
PEAK = 0.8
MOST_SECONDS = 600.0

Sound = NDArray[np.float32]


def frequency(pitch: float) -> float:
    """Hertz of a MIDI number in equal temperament.

    f = 440 * 2^((m - 69) / 12)

    >>> round(frequency(60), 2)  # middle C
    261.63
    """
    return float(A4_HERTZ * 2.0 ** ((pitch - A4) / 12))


def tone(pitch: float, seconds: float, rate: int = RATE) -> NDArray[np.float64]:
    """A note: harmonics k with height 1/k, only those below half the rate.

    s(t) = sum over k of sin(2 pi k f t) / k
    """
    f = frequency(pitch)
    t = np.arange(round(seconds * rate)) / rate
    sound = np.zeros(len(t))
    for k in range(1, HARMONICS + 1):
        if k * f < rate / 2:  # a higher one would sound as another pitch
            sound += np.sin(2 * np.pi * k * f * t) / k
    return sound * envelope(len(t), rate)


def envelope(samples: int, rate: int = RATE) -> NDArray[np.float64]:
    """A straight rise, a slow fall to 60 %, and a straight end."""
    edge = max(1, min(int(RISE * rate), samples // 2))
    shape = np.linspace(1.0, 0.6, max(samples, 1))[:samples]
    ramp = np.arange(edge) / edge
    shape[:edge] *= ramp
    shape[samples - edge :] *= ramp[::-1]
    return shape


def play(
    pitches: Pitches, onsets: Onsets, tempo: int = TEMPO, rate: int = RATE
) -> Sound:
    """The sound of a score [T, V], float32 in [-0.8, 0.8].

    tempo: quarter notes in a minute. Raises CourseError when nothing sounds or it would
    be longer than ten minutes.
    """
    step = 60.0 / tempo / 4
    if not (pitches > 0).any():
        raise CourseError("The score has no note; there is nothing to hear.")
    if len(pitches) * step > MOST_SECONDS:
        raise CourseError(
            f"The sound would last {len(pitches) * step:.0f} s; at most"
            f" {MOST_SECONDS:.0f} s are made."
        )
    sound = np.zeros(round(len(pitches) * step * rate) + 1)
    for voice in range(pitches.shape[1]):
        for start, length, pitch in notes_of(pitches[:, voice], onsets[:, voice]):
            first = round(start * step * rate)
            part = tone(pitch, length * step, rate)[: len(sound) - first]
            sound[first : first + len(part)] += part
    return (PEAK * sound / np.abs(sound).max()).astype(np.float32)


def wav_bytes(sound: Sound, rate: int = RATE) -> bytes:
    """A WAV file of one channel, 16 bits; sound in [-1, 1]."""
    whole = np.round(np.clip(sound, -1, 1) * 32_767).astype("<i2")
    memory = io.BytesIO()
    with wave.open(memory, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(whole.tobytes())
    return memory.getvalue()
