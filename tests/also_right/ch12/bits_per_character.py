"""Other right answers to 12.bits_per_character."""

import math

import numpy as np

from tests.also_right import also_right


@also_right
def mean_times_ratio(nats, text):
    return float(np.mean(nats)) / math.log(2) * len(nats) / len(text)


@also_right
def by_base_two(nats, text):
    return -sum(math.log2(math.exp(-n)) for n in nats) / len(text)
