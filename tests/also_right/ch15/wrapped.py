"""Other right answers to 15.wrapped."""

import torch
from torch import Tensor
from torch.nn.functional import pad

from tests.also_right import also_right


@also_right
def by_torch(x: Tensor, p: int) -> Tensor:
    return pad(x, [p] * 4, mode="circular")


@also_right
def by_remainders(x: Tensor, p: int) -> Tensor:
    rows, columns = (torch.arange(-p, size + p) % size for size in x.shape[2:])
    return x[:, :, rows][..., columns]
