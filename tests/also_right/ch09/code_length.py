"""Other right answers to 09.code_length."""

import math

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def by_gathering(symbols: Tensor, p: Tensor) -> Tensor:
    return -(p.gather(1, symbols[:, None]).log() / math.log(2)).sum()


@also_right
def by_cross_entropy(symbols: Tensor, p: Tensor) -> Tensor:
    nats = torch.nn.functional.nll_loss(p.log(), symbols, reduction="sum")
    return nats / math.log(2)
