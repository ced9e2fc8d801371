"""The rival without a network: a linear filter that adapts to each note as it goes.

Recursive least squares (Haykin 2002, chapter 9), the exact solution of a regression of
each sample on earlier ones, brought up to date after every sample. Samples count the
less, the louder the errors were at their time, and the longer ago they are:

    k = P u / (lambda r + u' P u),   w <- w + k e,   P <- (P - k u' P) / lambda

with e the error and r its mean square. As a regression with a normal prior, P begins as
the prior's covariance and w as 0. Nothing is learned from other notes.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from aigc_course.apps.sound.past import Past
from aigc_course.apps.sound.predictor import Guess

LAMBDA = 0.998  # what a sample still counts after another one
PRIOR = 0.1  # variance of each weight before the first sample
MEMORY = 0.95  # of the running mean of errors, from which the width follows
SLOW = 0.98  # of the one that weighs the samples
WIDTH = (
    0.72  # a logistic distribution's s is 0.72 times its mean distance, 1 / (2 ln 2)
)
UNIT = 1000.0  # samples are in thousands, so that PRIOR suits them


class Adaptive:
    """A filter for each of n notes, over `near` samples and those around a period ago.

    far, far2: how many samples on each side of one period and of two periods ago.
    """

    def __init__(self, near: int = 16, far: int = 4, far2: int = 2) -> None:
        self.reach = near, far, far2

    def start(self, past: Past) -> None:
        """Forget everything: filters of 0 for the notes of `past`."""
        n = len(past.periods)
        self.lags = past.lags(*self.reach)
        taps = self.lags.shape[1]
        self.P = np.eye(taps)[None].repeat(n, 0) * PRIOR  # [n, taps, taps]
        self.w = np.zeros((n, taps))
        self.width, self.error = np.full(n, 100.0), np.full(n, 100.0)

    def guess(self, t: int, past: Past) -> Guess:
        """One logistic distribution for each note's sample t."""
        self.u = past.window(t, self.lags) / UNIT
        self.mean = (self.w * self.u).sum(1) * UNIT
        scale = np.maximum(WIDTH * self.width, 0.25)
        parts = (self.mean, np.log(scale), np.zeros(len(scale)))
        return Guess(*(torch.from_numpy(part)[:, None] for part in parts))

    def learn(self, x: NDArray[np.float64]) -> None:
        """Bring the filters up to date with what sample t was, [n]."""
        e, u = x - self.mean, self.u
        gain = (self.P @ u[:, :, None])[:, :, 0]
        r = (1.25 * self.error / UNIT) ** 2  # 1.25: from mean distance to deviation
        k = gain / (LAMBDA * r + (u * gain).sum(1))[:, None]
        self.w += k * (e / UNIT)[:, None]
        self.P -= k[:, :, None] * gain[:, None, :]
        self.P /= LAMBDA
        self.error = SLOW * self.error + (1 - SLOW) * np.abs(e)
        self.width = MEMORY * self.width + (1 - MEMORY) * np.abs(e)
