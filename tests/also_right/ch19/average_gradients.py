"""Other right answers to 19.average_gradients."""

import numpy as np
import torch

from tests.also_right import also_right


@also_right
def as_a_product(gradients, rows, most):
    share = torch.tensor(rows, dtype=gradients[0].dtype) / sum(rows)
    g = share @ torch.stack(gradients)
    return g if g.norm() <= most else most * g / g.norm()


@also_right
def row_by_row(gradients, rows, most):
    total = torch.zeros_like(gradients[0])
    for one, count in zip(gradients, rows, strict=True):
        for _ in range(count):
            total = total + one
    mean = total / sum(rows)
    if mean.norm() > most:
        mean = mean / mean.norm() * most
    return mean


@also_right
def with_numpy(gradients, rows, most):
    g = np.average(np.stack([np.asarray(one) for one in gradients]), 0, weights=rows)
    length = np.linalg.norm(g)
    return torch.from_numpy(g * (most / length if length > most else 1.0)).float()
