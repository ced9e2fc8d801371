"""Other right answers to 16.parallels."""

import numpy as np

from tests.also_right import also_right


@also_right
def in_a_loop(high, low):
    found = 0
    for t in range(len(high) - 1):
        a, b, c, d = (int(x) for x in (high[t], low[t], high[t + 1], low[t + 1]))
        if min(a, b, c, d) > 0 and c - a == d - b != 0 and abs(a - b) % 12 in (0, 7):
            found += 1
    return found


@also_right
def with_numpy(high, low):
    h, b = np.asarray(high), np.asarray(low)
    gap = np.abs(h - b)
    ok = (np.diff(h) != 0) & (np.diff(gap) == 0) & (np.diff(h - b) == 0)
    ok &= np.isin(gap[1:] % 12, [0, 7]) & (h[1:] * h[:-1] * b[1:] * b[:-1] > 0)
    return np.count_nonzero(ok)
