"""Other right answers to 21.judge_samples."""

import math

from scipy.stats import norm

from tests.also_right import also_right


@also_right
def by_one_fraction(gap, spread, claimed_n, threshold, power):
    needed = ((threshold + norm.ppf(power)) * spread / gap) ** 2  # 1/(1/m + 1/n)
    return (
        math.inf if claimed_n <= needed else claimed_n * needed / (claimed_n - needed)
    )


@also_right
def by_bisection(gap, spread, claimed_n, threshold, power):
    def found(n):
        sigma = spread * (1 / claimed_n + 1 / n) ** 0.5
        return norm.cdf(gap / sigma - threshold)

    low, high = 1e-9, 1e15
    if found(high) < power:
        return math.inf
    for _ in range(300):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if found(middle) < power else (low, middle)
    return high
