"""Other right answers to 17.accumulated_variance."""

import numpy as np

from tests.also_right import also_right


@also_right
def generation_by_generation(n, generations):
    v, total = 1.0, 0
    for _ in range(generations):
        between = v / n * total * n / (total + n)
        v = (total * v + n * v * (1 - 1 / n) + between) / (total + n)
        total += n
    return v


@also_right
def by_logarithms(n, generations):
    k = np.arange(1, generations + 1)
    return float(np.exp(np.log1p(-1 / (n * k**2)).sum()))
