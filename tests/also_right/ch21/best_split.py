"""Other right answers to 21.best_split."""

import math

from tests.also_right import also_right


@also_right
def by_variances(between, within, per_run, per_sample, budget):
    m = math.sqrt(within**2 * per_run / (between**2 * per_sample))
    n = budget / (per_run + m * per_sample)
    return n, m


@also_right
def by_golden_section(between, within, per_run, per_sample, budget):
    def variance(x):
        m = math.exp(x)
        return (between**2 + within**2 / m) * (per_run + per_sample * m) / budget

    low, high, g = -10.0, 25.0, (math.sqrt(5) - 1) / 2
    for _ in range(200):
        a, b = high - g * (high - low), low + g * (high - low)
        low, high = (low, b) if variance(a) < variance(b) else (a, high)
    # the minimum is flat, so its place is known to half of the digits; one Newton step
    m = math.exp((low + high) / 2)
    slope = between**2 * per_sample - within**2 * per_run / m**2
    m -= slope / (2 * within**2 * per_run / m**3)
    return budget / (per_run + per_sample * m), m
