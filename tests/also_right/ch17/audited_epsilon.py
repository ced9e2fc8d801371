"""Other right answers to 17.audited_epsilon."""

import math

from scipy.special import betaincinv, logit
from scipy.stats import binomtest

from tests.also_right import also_right


@also_right
def with_binomtest(right, guesses, confidence):
    exact = binomtest(right, guesses, alternative="greater").proportion_ci(confidence)
    p = exact.low
    return max(0.0, math.log(p) - math.log1p(-p)) if p > 0 else 0


@also_right
def with_special_functions(right, guesses, confidence):
    if right == 0:
        return 0.0
    p = betaincinv(right, guesses - right + 1, 1 - confidence)
    return max(float(logit(p)), 0.0)
