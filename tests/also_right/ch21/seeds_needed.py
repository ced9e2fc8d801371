"""Other right answers to 21.seeds_needed."""

import math

import numpy as np
from scipy import stats

from tests.also_right import also_right


@also_right
def by_a_table(std, width, confidence=0.95):
    n = np.arange(2, 2000)
    half = stats.t.isf((1 - confidence) / 2, n - 1) * std / np.sqrt(n)
    return int(n[half <= width][0])


@also_right
def by_the_interval(std, width, confidence=0.95):
    n = 2
    while True:
        low, high = stats.t.interval(confidence, n - 1, scale=std / math.sqrt(n))
        if (high - low) / 2 <= width:
            return n
        n += 1
