"""Notes of known pitch at 8 kHz: plucked strings, reeds and bells, as 16-bit numbers.

A **string** is a delay line whose output, averaged over two neighbours, is fed back
(Karplus and Strong 1983). An all-pass filter of one coefficient adds the fraction of a
sample that the delay line lacks, so that the note is in tune (Jaffe and Smith 1983):

    y_n = e_n + rho (a * y)_{n-N},    a = (1/2)(1 + z^-1) (C + z^-1) / (1 + C z^-1)

A reed is a sum of harmonics that fade, a bell is frequency modulation with a whole
ratio (Chowning 1973). All get the noise of a microphone, so that no coder can reach 0
bits, and the least number of bits is known.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from aigc_course import validate
from aigc_course.errors import CourseError

RATE = 8000  # samples in a second
LENGTH = 8192  # samples of a note: 1.024 s, two blocks of FLAC
LOWEST, HIGHEST = 80.0, 480.0  # Hz
NOISE = 4.0  # standard deviation of the noise, in steps of 16-bit numbers
KINDS = ("string", "reed", "bell")

Wave = NDArray[np.float64]


@dataclass(frozen=True)
class Notes:
    """waves: int16 [n, length]; pitches: Hz [n]; kinds: numbers into KINDS, [n]."""

    waves: NDArray[np.int16]
    pitches: NDArray[np.float64]
    kinds: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.waves)

    def part(self, n: int, length: int) -> "Notes":
        """The first n notes, and of each the first `length` samples."""
        return Notes(self.waves[:n, :length], self.pitches[:n], self.kinds[:n])


def check_pitch(pitch: float) -> float:
    """The pitch as float; CourseError outside LOWEST to HIGHEST Hz."""
    if not LOWEST <= pitch <= HIGHEST:
        raise CourseError(
            f"A pitch lies between {LOWEST:.0f} and {HIGHEST:.0f} Hz here, not at"
            f" {pitch:g} Hz."
        )
    return float(pitch)


def loop(pitch: float, rate: int = RATE) -> tuple[int, float]:
    """(N, C): the whole delay and the all-pass coefficient of a string in tune.

    The averaging filter delays by 1/2 sample and the all-pass by about Delta, with
    C = (1 - Delta) / (1 + Delta) (Jaffe and Smith 1983). N is chosen so that
    N + 1/2 + Delta is the period and 0.1 <= Delta < 1.1.

    >>> N, C = loop(200.0)
    >>> N, round(C, 3)
    (39, 0.333)
    """
    rest = rate / pitch - 0.5  # N + Delta
    whole = math.floor(rest - 0.1)
    delta = rest - whole
    return whole, (1 - delta) / (1 + delta)


def pluck(
    pitch: float, rng: np.random.Generator, length: int = LENGTH, decay: float = 0.997
) -> Wave:
    """A string: one period of filtered noise, then only the loop; peak 1.

    decay: rho, what one passage through the loop leaves.
    """
    whole, C = loop(check_pitch(pitch))
    return _string(whole, C, rng, length, decay)


def string(N: int, C: float, seed: int, length: int = LENGTH) -> Wave:
    """A string whose loop has N whole samples and the all-pass coefficient C."""
    validate.whole(N, "The delay of a string in samples", 3)
    return _string(N, C, np.random.default_rng(seed), length, 0.997)


def _string(
    whole: int, C: float, rng: np.random.Generator, length: int, decay: float
) -> Wave:
    burst = lfilter([1 - (s := rng.uniform(0, 0.7))], [1, -s], rng.normal(size=whole))
    burst -= np.roll(burst, int(rng.uniform(0.1, 0.5) * whole))  # plucked there
    excitation = np.zeros(length)
    excitation[:whole] = burst - burst.mean()
    # 1 / (1 - rho z^-N a(z)), with the all-pass's own denominator multiplied out
    feedback = np.zeros(whole + 3)
    feedback[:2] = 1, C
    feedback[whole:] -= decay * 0.5 * np.convolve([1, 1], [C, 1])
    return _peak(lfilter([1, C], feedback, excitation))


def reed(pitch: float, rng: np.random.Generator, length: int = LENGTH) -> Wave:
    """Twelve harmonics at most, each with its own phase and fading; peak 1."""
    t = np.arange(length) / RATE
    top = min(12, int(0.45 * RATE / check_pitch(pitch)))
    wave, tilt, fading = np.zeros(length), rng.uniform(0.3, 1.5), rng.uniform(0.5, 3)
    for h in range(1, top + 1):
        size = rng.uniform(0.2, 1) * h**-tilt * np.exp(-fading * t * h**0.5)
        wave += size * np.sin(2 * np.pi * (h * pitch * t + rng.uniform()))
    return _peak(wave * np.minimum(1, t / rng.uniform(0.005, 0.05)))


def bell(pitch: float, rng: np.random.Generator, length: int = LENGTH) -> Wave:
    """Frequency modulation by a whole multiple of the pitch, which fades; peak 1."""
    t = np.arange(length) / RATE
    index = rng.uniform(1, 4) * np.exp(-rng.uniform(1, 5) * t)
    ratio, f = int(rng.integers(1, 4)), check_pitch(pitch)
    wave = np.sin(2 * np.pi * f * t + index * np.sin(2 * np.pi * ratio * f * t))
    return _peak(wave * np.exp(-rng.uniform(0.5, 4) * t) * np.minimum(1, t / 0.003))


def notes(n: int, seed: int, length: int = LENGTH) -> Notes:
    """n notes, pitches and kinds drawn at random, as 16-bit numbers with noise.

    Pitches are uniform in semitones. Raises CourseError for n or length below 1.
    """
    validate.whole(n, "The number of notes")
    validate.whole(length, "The length of a note in samples")
    rng = np.random.default_rng(seed)
    pitches = LOWEST * (HIGHEST / LOWEST) ** rng.uniform(size=n)
    kinds = rng.integers(0, len(KINDS), n)
    waves = np.zeros((n, length), np.int16)
    for i, (pitch, kind) in enumerate(zip(pitches, kinds, strict=True)):
        wave = (pluck, reed, bell)[kind](pitch, rng, length)
        loud = 32767 * rng.uniform(0.1, 0.9)
        waves[i] = to_16_bit(loud * wave + NOISE * rng.normal(size=length))
    return Notes(waves, pitches, kinds)


def to_16_bit(wave: Wave) -> NDArray[np.int16]:
    """Rounded to whole numbers and clipped to -32768..32767."""
    rounded: NDArray[np.int16] = wave.round().clip(-32768, 32767).astype(np.int16)
    return rounded


def _peak(wave: Wave) -> Wave:
    return wave / max(float(np.abs(wave).max()), 1e-9)
