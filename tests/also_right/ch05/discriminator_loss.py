"""Other right answers to 05.discriminator_loss."""

import torch
from torch import Tensor
from torch.nn.functional import (
    binary_cross_entropy_with_logits,
    logsigmoid,
)

from tests.also_right import also_right


@also_right
def with_labels(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    cost = binary_cross_entropy_with_logits
    ones, zeros = torch.ones_like(real_logits), torch.zeros_like(fake_logits)
    return cost(real_logits, ones) + cost(fake_logits, zeros)


@also_right
def by_logsigmoid(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    return -logsigmoid(real_logits).mean() - logsigmoid(-fake_logits).mean()
