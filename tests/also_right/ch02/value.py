"""Other right answers to 02.value."""

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy

from tests.also_right import also_right


@also_right
def with_log1p(d_real: Tensor, d_fake: Tensor) -> Tensor:
    return d_real.log().sum() / len(d_real) + torch.log1p(-d_fake).sum() / len(d_fake)


@also_right
def minus_cross_entropy(d_real: Tensor, d_fake: Tensor) -> Tensor:
    cost = binary_cross_entropy
    ones, zeros = torch.ones_like(d_real), torch.zeros_like(d_fake)
    return -cost(d_real, ones) - cost(d_fake, zeros)
