"""Other right answers to 16.nearest_accuracy."""

import numpy as np
import torch

from tests.also_right import also_right


@also_right
def one_shape_after_another(among, between, real):
    n, m = between.shape
    right = 0
    for i in range(n):
        own = min(float(among[i, j]) for j in range(n) if j != i)
        right += own < float(between[i].min())
    for j in range(m):
        own = min(float(real[j, k]) for k in range(m) if k != j)
        right += own < float(between[:, j].min())
    return right / (n + m)


@also_right
def without_a_join(among, between, real):
    def own(square):
        return (square + torch.diag(torch.full((len(square),), np.inf))).amin(1)

    a, b = own(among) < between.amin(1), own(real) < between.amin(0)
    return torch.cat([a, b]).float().mean()
