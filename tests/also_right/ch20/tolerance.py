"""Other right answers to 20.tolerance."""

import math

import torch

from tests.also_right import also_right


@also_right
def by_the_error_function(std, n, rate, comparisons=1):
    # P(|Z| > z) = 1 - erf(z / √2)
    alpha = torch.tensor(rate / comparisons, dtype=torch.float64)
    z = math.sqrt(2) * torch.erfinv(1 - alpha)
    return float(z) * std / n**0.5


@also_right
def by_bisection(std, n, rate, comparisons=1):
    low, high = 0.0, 40.0
    for _ in range(200):
        z = (low + high) / 2
        if math.erfc(z / math.sqrt(2)) > rate / comparisons:
            low = z
        else:
            high = z
    return z * math.sqrt(std**2 / n)
