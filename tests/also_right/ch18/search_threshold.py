"""Other right answers to 18.search_threshold."""

from statistics import NormalDist

from scipy.optimize import brentq
from scipy.stats import norm

from tests.also_right import also_right


@also_right
def by_the_standard_library(rate, places):
    return -NormalDist().inv_cdf(rate / places)


@also_right
def by_solving(rate, places):
    return brentq(lambda t: places * norm.sf(t) - rate, -1, 30)


@also_right
def for_independent_scores(rate, places):
    """1 - (1 - p)^m = rate: for small rates the union bound to four digits."""
    import math

    return norm.isf(-math.expm1(math.log1p(-rate) / places))
