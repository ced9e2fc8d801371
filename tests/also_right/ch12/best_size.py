"""Other right answers to 12.best_size."""

import math

from scipy.optimize import minimize_scalar

from tests.also_right import also_right


@also_right
def in_logarithms(A, a, B, b, C):
    n = (math.log(a * A) - math.log(b * B) + b * math.log(C / 6)) / (a + b)
    return math.exp(n)


@also_right
def by_search(A, a, B, b, C):
    def slope(x):  # of the loss in log N, squared
        return (a * A * math.exp(-a * x) - b * B * (6 * math.exp(x) / C) ** b) ** 2

    low, high = 0.0, math.log(C)
    for _ in range(200):
        x = (low + high) / 2
        rising = b * B * (6 * math.exp(x) / C) ** b > a * A * math.exp(-a * x)
        low, high = (low, x) if rising else (x, high)
    best = minimize_scalar(slope, bounds=(low - 1e-9, high + 1e-9), method="bounded")
    return math.exp(float(best.x))
