"""The pitch of a note, by its autocorrelation, to a part of a cent."""

import math

import numpy as np
from numpy.typing import ArrayLike

from aigc_course.apps.sound.instruments import HIGHEST, LOWEST, RATE
from aigc_course.errors import CourseError

SILENT = 1e-9  # mean square below which there is no note


def cents(pitch: float, reference: float) -> float:
    """1200 log2(pitch / reference): a hundredth of a semitone is 1 cent.

    >>> round(cents(440.0, 415.305), 1)
    100.0
    """
    return 1200 * math.log2(pitch / reference)


def estimate(wave: ArrayLike, rate: int = RATE) -> float:
    """The pitch in Hz of one note [n], between 0.9 LOWEST and 1.1 HIGHEST.

    The first peak of the normalised autocorrelation that is nearly as high as the
    highest one gives the period, so that no multiple of it is taken. The peaks near its
    multiples, each found to a part of a sample by a parabola through three points,
    make it finer. Raises CourseError for silence and for less than 8 periods of LOWEST.
    """
    x = np.asarray(wave, float)
    x = x - x.mean()
    if len(x) < 8 * rate / LOWEST:
        raise CourseError(
            f"The pitch is measured on {8 * rate / LOWEST:.0f} samples or more, not on"
            f" {len(x)}."
        )
    if float((x**2).mean()) < SILENT:
        raise CourseError("A silent note has no pitch.")
    r = _correlation(x)
    low, high = int(rate / (1.1 * HIGHEST)), math.ceil(rate / (0.9 * LOWEST))
    peaks = [
        k for k in range(low, high + 1) if r[k - 1] < r[k] >= r[k + 1] and r[k] > 0
    ]
    if not peaks:
        raise CourseError("This sound repeats at no pitch between the limits.")
    best = max(r[k] for k in peaks)
    period = _summit(r, next(k for k in peaks if r[k] > 0.9 * best))
    multiple = 2
    while multiple * period < len(r) - 3 and multiple <= 24:
        k = round(multiple * period)
        k = k - 1 + int(np.argmax(r[k - 1 : k + 2]))
        if not (r[k - 1] <= r[k] >= r[k + 1]) or r[k] < 0.5 * best:
            break
        period, multiple = _summit(r, k) / multiple, multiple + 1
    return rate / period


def _correlation(x: np.ndarray) -> np.ndarray:
    """Correlation of x with itself k samples later, k up to half its length.

    Each is divided by the energies of the two parts, since a note fades.
    """
    n = len(x)
    spectrum = np.fft.rfft(x, 2 * n)
    products = np.fft.irfft(spectrum * spectrum.conj())[: n // 2]
    energy = np.concatenate([[0.0], np.cumsum(x**2)])
    lags = np.arange(n // 2)
    both = energy[n - lags] * (energy[n] - energy[lags])
    correlation: np.ndarray = products / np.sqrt(np.maximum(both, 1e-12))
    return correlation


def _summit(r: np.ndarray, k: int) -> float:
    """Where the parabola through r at k - 1, k, k + 1 is highest."""
    left, mid, right = r[k - 1 : k + 2]
    bend = left - 2 * mid + right
    return k + (0.5 * (left - right) / bend if bend < 0 else 0.0)
