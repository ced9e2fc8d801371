"""Other right answers to 18.bits_needed."""

import math
from fractions import Fraction

from scipy.stats import binom

from tests.also_right import also_right


@also_right
def adding_from_the_top(n, rate):
    limit, total, k = Fraction(rate), Fraction(0), n + 1
    while k > 0:
        total += Fraction(math.comb(n, k - 1), 2**n)
        if total > limit:
            return k
        k -= 1
    return k


@also_right
def by_the_quantile(n, rate):
    """By symmetry: P(X >= k) = P(X <= n - k)."""
    low = int(binom.ppf(rate, n, 0.5))
    if binom.cdf(low, n, 0.5) > rate:
        low -= 1
    return n - low
