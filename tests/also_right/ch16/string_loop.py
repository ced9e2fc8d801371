"""Other right answers to 16.string_loop."""

import math

from tests.also_right import also_right


@also_right
def with_divmod(pitch, rate):
    whole, rest = divmod(rate / pitch - 0.6, 1)
    delta = rest + 0.1
    return int(whole), 2 / (1 + delta) - 1


@also_right
def with_a_loop(pitch, rate):
    period, N = rate / pitch, 0
    while period - 0.5 - N >= 1.1:
        N += 1
    delta = math.fsum([period, -0.5, -N])
    return N, (1.0 - delta) / (1.0 + delta)
