"""Other right answers to 07.log_density."""

import math

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def by_distributions(x: Tensor, centres: Tensor, sigma: float) -> Tensor:
    each = torch.distributions.Normal(centres[None], sigma).log_prob(x[:, None])
    return each.sum(2).logsumexp(1) - math.log(len(centres))


@also_right
def largest_taken_out(x: Tensor, centres: Tensor, sigma: float) -> Tensor:
    logs = -(x[:, None] - centres).square().sum(2) / (2 * sigma * sigma)
    most = logs.max(dim=1, keepdim=True).values
    mean = (logs - most).exp().mean(1)
    return mean.log() + most[:, 0] - x.shape[1] * math.log(sigma * math.sqrt(math.tau))
