"""What a coder of sound needs: a distribution for the next sample, given the past."""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from aigc_course.apps.sound.past import Past


class Guess(NamedTuple):
    """A mixture of logistic distributions for one sample of n notes, each [n, K]."""

    centres: Tensor
    log_scales: Tensor
    logits: Tensor


class Predictor(Protocol):
    """Guesses sample t from what came before it, then is told what it was.

    Whatever it computes depends on the past and on its own parameters alone, so that a
    decoder computes the same.
    """

    def start(self, past: Past) -> None:
        """Begin with empty notes."""

    def guess(self, t: int, past: Past) -> Guess:
        """The distribution of sample t of each note."""

    def learn(self, x: NDArray[np.float64]) -> None:
        """Sample t was x, [n]."""
