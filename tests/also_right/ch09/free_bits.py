"""Other right answers to 09.free_bits."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def by_maximum(kl: Tensor, least: float) -> Tensor:
    costs = kl.sum(0) / len(kl)
    return torch.maximum(costs, torch.full_like(costs, least)).sum()


@also_right
def by_relu(kl: Tensor, least: float) -> Tensor:
    return least * kl.shape[1] + torch.relu(kl.mean(0) - least).sum()
