"""Other right answers to 21.ablation_table."""

import numpy as np
from scipy import stats

from tests.also_right import also_right


@also_right
def by_arrays(full, without):
    table = {}
    for name, scores in without.items():
        d = np.asarray(scores, float) - np.asarray(full, float)
        d = d[~np.isnan(d)]
        error = stats.t.ppf(0.975, d.size - 1) * d.std(ddof=1) / np.sqrt(d.size)
        table[name] = (float(d.mean()), float(error), int(np.isnan(scores).sum()))
    return table


@also_right
def by_the_paired_test(full, without):
    def row(scores):
        kept = [(b, a) for a, b in zip(full, scores, strict=True) if a == a and b == b]
        x, y = zip(*kept, strict=True)
        d = np.subtract(x, y)
        if np.ptp(d) == 0:
            return float(d[0]), 0.0, sum(s != s for s in scores)
        low, high = stats.ttest_rel(x, y).confidence_interval(0.95)
        return (
            float((low + high) / 2),
            float((high - low) / 2),
            sum(s != s for s in scores),
        )

    return {name: row(scores) for name, scores in without.items()}
