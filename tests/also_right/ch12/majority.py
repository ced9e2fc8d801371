"""Other right answers to 12.majority."""

import itertools
import math

from scipy.stats import binom

from tests.also_right import also_right


@also_right
def by_scipy(p, n):
    return binom.sf(n // 2, n, p)


@also_right
def every_outcome(p, n):
    total = 0.0
    for votes in itertools.product((0, 1), repeat=n):
        if 2 * sum(votes) > n:
            total += math.prod(p if v else 1 - p for v in votes)
    return total
