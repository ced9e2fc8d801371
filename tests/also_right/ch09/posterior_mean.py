"""Other right answers to 09.posterior_mean."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def by_expanding(noisy: Tensor, known: Tensor, sigma: float) -> Tensor:
    # |y - c|^2 = |y|^2 - 2 y c + |c|^2, and |y|^2 is the same for every c
    fit = (noisy @ known.T - known.square().sum(1) / 2) / sigma**2
    return fit.softmax(1) @ known


@also_right
def one_by_one(noisy: Tensor, known: Tensor, sigma: float) -> Tensor:
    rows = []
    for y in noisy:
        log_p = -((known - y) ** 2).sum(dim=1) / (2 * sigma**2)
        w = (log_p - log_p.max()).exp()
        rows.append((w[:, None] * known).sum(0) / w.sum())
    return torch.stack(rows)
