"""Other right answers to 19.p99."""

import math

import numpy as np

from tests.also_right import also_right


@also_right
def with_numpy(due, sent, answered, share=0.99):
    ends = np.array([math.inf if end is None else end for end in answered])
    return float(np.quantile(ends - due, share, method="inverted_cdf"))


@also_right
def by_counting(due, sent, answered, share=0.99):
    waits = [
        float("inf") if b is None else b - a for a, b in zip(due, answered, strict=True)
    ]
    enough = (w for w in waits if sum(v <= w for v in waits) >= share * len(waits))
    return min(enough)
