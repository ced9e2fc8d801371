"""Other right answers to 19.alarm."""

import itertools

from tests.also_right import also_right


@also_right
def by_the_lowest_so_far(values, k, h):
    """S is the walk minus its lowest point so far."""
    walk = [0.0, *itertools.accumulate(x - k for x in values)]
    low = list(itertools.accumulate(walk, min))
    above = [i for i, (w, m) in enumerate(zip(walk, low, strict=True)) if w - m > h]
    return above[0] - 1 if above else -1


@also_right
def with_if(values, k, h):
    s = 0
    for i in range(len(values)):
        s = s + values[i] - k
        if s < 0:
            s = 0
        if s > h:
            return i
    return -1
