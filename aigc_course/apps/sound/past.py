"""What came before a sample: the notes so far, and where to look in them."""

import numpy as np
from numpy.typing import NDArray

from aigc_course.apps.sound.instruments import RATE

BEFORE = 256  # zeros before the first sample; two periods of the lowest pitch fit in


class Past:
    """n notes as they come to be, with zeros before their first sample.

    pitches: Hz [n]; length: samples. `kinds` may be None.
    """

    def __init__(
        self,
        pitches: NDArray[np.float64],
        length: int,
        kinds: NDArray[np.int64] | None = None,
    ) -> None:
        self.periods = RATE / np.asarray(pitches, float)  # in samples
        self.kinds = np.zeros(len(pitches), int) if kinds is None else kinds
        self.samples = np.zeros((len(self.periods), BEFORE + length))
        self._rows = np.arange(len(self.periods))[:, None]

    def lags(self, near: int, far: int, far2: int) -> NDArray[np.int64]:
        """How long ago, in samples, [n, near + 2 far + 1 + 2 far2 + 1]."""
        return lags(self.periods, near, far, far2)

    def window(self, t: int, lags: NDArray[np.int64]) -> NDArray[np.float64]:
        """The samples that lie `lags` before sample t."""
        return self.samples[self._rows, BEFORE + t - lags]

    def put(self, t: int, x: NDArray[np.float64]) -> None:
        """Sample t of each note is x, [n]."""
        self.samples[:, BEFORE + t] = x


def lags(
    periods: NDArray[np.float64], near: int, far: int, far2: int
) -> NDArray[np.int64]:
    """1..near, and the whole numbers around one and two periods, for each period.

    >>> lags(np.array([20.3]), 2, 1, 0)
    array([[ 1,  2, 19, 20, 21, 41]])
    """
    recent = np.broadcast_to(np.arange(1, near + 1), (len(periods), near))
    once = np.round(periods).astype(int)[:, None] + np.arange(-far, far + 1)
    twice = np.round(2 * periods).astype(int)[:, None] + np.arange(-far2, far2 + 1)
    return np.concatenate([recent, once, twice], 1)
