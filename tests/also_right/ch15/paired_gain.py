"""Other right answers to 15.paired_gain."""

import numpy as np

from tests.also_right import also_right


@also_right
def by_numpy(without, with_it):
    d = (with_it - without).numpy()
    return d.mean(), 1.96 * d.std(ddof=1) / np.sqrt(d.size)


@also_right
def by_the_variance(without, with_it):
    d = with_it - without
    return d.mean(), 1.96 * (d.var() / d.numel()).sqrt()
