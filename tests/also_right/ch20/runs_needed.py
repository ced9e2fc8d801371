"""Other right answers to 20.runs_needed."""

import math

from tests.also_right import also_right


@also_right
def by_trying(share, miss):
    n, unseen = 1, 1 - share
    while unseen > miss:
        n, unseen = n + 1, unseen * (1 - share)
    return n


@also_right
def by_a_limit(share, miss):
    rest = max(1 - share, 1e-300)
    return max(1, math.ceil(math.log(miss, rest) - 1e-9))
