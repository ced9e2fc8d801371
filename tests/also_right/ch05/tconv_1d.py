"""Other right answers to 05.tconv_1d."""

import torch
from torch import Tensor
from torch.nn.functional import conv1d, conv_transpose1d, pad

from tests.also_right import also_right


@also_right
def by_torch(x: Tensor, w: Tensor, stride: int) -> Tensor:
    return conv_transpose1d(x.view(1, 1, -1), w.view(1, 1, -1), stride=stride).flatten()


@also_right
def by_a_table_of_products(x: Tensor, w: Tensor, stride: int) -> Tensor:
    i, j = torch.arange(len(x)), torch.arange(len(w))
    places = (i[:, None] * stride + j).flatten()  # [n * k]
    y = torch.zeros(int(places.max()) + 1)
    return y.index_add(0, places, torch.outer(x, w).flatten())


@also_right
def zeros_between(x: Tensor, w: Tensor, stride: int) -> Tensor:
    thin = torch.zeros((len(x) - 1) * stride + 1)
    thin[::stride] = x
    thin = pad(thin, (len(w) - 1, len(w) - 1))
    return conv1d(thin.view(1, 1, -1), w.flip(0).view(1, 1, -1)).flatten()
