"""Other right answers to 17.delta_after."""

import math

import numpy as np

from tests.also_right import also_right


@also_right
def by_outer_products(p, q, times, epsilon):
    a, b = np.ones(1), np.ones(1)
    for _ in range(times):
        a, b = np.outer(a, p).ravel(), np.outer(b, q).ravel()
    factor = np.exp(epsilon)
    there = np.clip(a - factor * b, 0, None).sum()
    return float(max(there, np.clip(b - factor * a, 0, None).sum()))


@also_right
def by_a_recursion(p, q, times, epsilon):
    def walk(a, b, pairs, left):
        if left == 0:
            return max(0.0, a - math.exp(epsilon) * b)
        return sum(walk(a * x, b * y, pairs, left - 1) for x, y in pairs)

    return max(
        walk(1.0, 1.0, list(zip(*order, strict=True)), times)
        for order in ((p, q), (q, p))
    )
