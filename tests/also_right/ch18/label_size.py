"""Other right answers to 18.label_size."""

import itertools
import math

from tests.also_right import also_right


@also_right
def with_fractions(height, width, least, most):
    from fractions import Fraction

    side = Fraction(min(height, width), 20)
    for k in itertools.count(1):
        rows = max(least, math.ceil(k * side))
        if rows <= most * k * height:
            return k, rows


@also_right
def first_of_many(height, width, least, most):
    def rows(k):
        return max(least, (k * min(height, width) + 19) // 20)

    k = next(k for k in range(1, 10_000) if rows(k) <= most * (k * height))
    return [k, rows(k)]
