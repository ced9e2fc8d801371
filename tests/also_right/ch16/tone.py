"""Other right answers to 16.tone."""

import math

import numpy as np
import torch

from tests.also_right import also_right


@also_right
def with_numpy(pitch, count, rate, harmonics):
    f = 440.0 * np.exp2((pitch - 69) / 12)
    k = np.arange(1, harmonics + 1)
    k = k[k * f < rate / 2]
    t = np.arange(count) / rate
    return (np.sin(2 * np.pi * f * np.outer(k, t)) / k[:, None]).sum(axis=0)


@also_right
def by_adding_angles(pitch, count, rate, harmonics):
    f = 440 * math.pow(2, (pitch - 69) / 12)
    angle = torch.arange(count).double() * (2 * math.pi * f / rate)
    most = min(harmonics, math.ceil(rate / 2 / f) - 1)
    sound = torch.zeros(count).double()
    for k in range(1, most + 1):
        sound = sound + torch.sin(k * angle) / k
    return sound
