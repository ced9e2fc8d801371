"""Other right answers to 14.variance_left."""

import math

from tests.also_right import also_right


@also_right
def in_a_loop(n, generations):
    left = 1.0
    for _ in range(generations):
        left -= left / n
    return left


@also_right
def by_logarithms(n, generations):
    return math.exp(generations * math.log1p(-1 / n))
