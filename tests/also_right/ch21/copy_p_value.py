"""Other right answers to 21.copy_p_value."""

import math

import numpy as np
from scipy.stats import nhypergeom

from tests.also_right import also_right


@also_right
def by_the_library(samples, unseen, rank):
    n, m = len(samples), len(unseen)
    limit = np.sort(unseen)[rank - 1]
    k = int((np.asarray(samples) < limit).sum())
    # samples drawn before the rank-th unseen image
    return float(nhypergeom.sf(k - 1, n + m, n, rank))


@also_right
def by_steps(samples, unseen, rank):
    n, m = len(samples), len(unseen)
    limit = sorted(unseen)[rank - 1]
    k = len([s for s in samples if s < limit])
    # state (samples, unseen) so far; each next one is drawn from what is left
    at = {(0, 0): 1.0}
    done = {}
    while at:
        after: dict[tuple[int, int], float] = {}
        for (i, j), p in at.items():
            left = n - i + m - j
            if i < n:
                after[i + 1, j] = after.get((i + 1, j), 0) + p * (n - i) / left
            if j + 1 == rank:
                done[i] = done.get(i, 0) + p * (m - j) / left
            else:
                after[i, j + 1] = after.get((i, j + 1), 0) + p * (m - j) / left
        at = after
    return math.fsum(p for i, p in done.items() if i >= k)
