"""Other right answers to 18.fresh_threshold."""

import math
from fractions import Fraction

import numpy as np
import torch

from tests.also_right import also_right


@also_right
def sorted_list(scores, rate):
    ordered = sorted(scores.tolist(), reverse=True)
    n = len(ordered)
    allowed = [k for k in range(1, n + 1) if Fraction(k, n + 1) <= Fraction(str(rate))]
    return ordered[allowed[-1] - 1] if allowed else float("inf")


@also_right
def padded_quantile(scores, rate):
    """With an infinite score for the one that is to come, it is a plain quantile."""
    padded = np.append(scores.numpy(), np.inf)
    place = math.ceil((1 - rate) * len(padded) - 1e-9)  # counted from 1
    return float(np.sort(padded)[place - 1])


@also_right
def lower_order_statistic(scores, rate):
    n = len(scores)
    place = math.ceil((1 - rate) * (n + 1) - 1e-6)
    return torch.kthvalue(scores, place).values if place <= n else torch.inf
