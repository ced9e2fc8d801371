"""Other right answers to 18.accusation_threshold."""

import math

import numpy as np
from scipy.special import betaincinv

from tests.also_right import also_right


def _upper(k, n):
    return betaincinv(k + 1, n - k, 0.9) if k < n else 1.0


@also_right
def group_by_group(real, made, share, limit):
    worst = -math.inf
    for group in real:
        good = math.inf
        for t in np.linspace(float(group.min()), float(made.max()), 300):
            tpr = float((made > t).double().mean()) * 0.95
            fpr = _upper(int((group > t).sum()), len(group))
            if share * tpr * limit >= (1 - share) * fpr * (1 - limit):
                good = t
                break
        worst = max(worst, good)
    return float(worst)


@also_right
def by_the_odds(real, made, share, limit):
    """False to right accusations may be limit to 1 - limit."""
    allowed = limit / (1 - limit) * share / (1 - share)
    ordered = made.sort().values
    for i in range(0, len(ordered), 15):
        t = float(ordered[i])
        tpr = betaincinv(max(1, len(ordered) - i - 1), i + 2, 0.05)
        if all(_upper(int((g > t).sum()), len(g)) <= allowed * tpr for g in real):
            return t
    return math.inf
