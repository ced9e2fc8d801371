"""Other right answers to 04.cross_entropy."""

from torch import Tensor
from torch.nn.functional import (
    binary_cross_entropy_with_logits,
    logsigmoid,
)

from tests.also_right import also_right


@also_right
def by_torch(logits: Tensor, labels: Tensor) -> Tensor:
    return binary_cross_entropy_with_logits(logits, labels[:, None])


@also_right
def in_two_halves(logits: Tensor, labels: Tensor) -> Tensor:
    a = logits.squeeze(1)
    terms = labels * logsigmoid(a) + (1 - labels) * logsigmoid(-a)
    return -terms.sum() / len(terms)
