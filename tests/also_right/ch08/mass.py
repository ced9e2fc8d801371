"""Other right answers to 08.mass."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def by_quadrature(pi: Tensor) -> Tensor:
    x = torch.linspace(0, 1, 2001, dtype=pi.dtype)
    heights = torch.exp(x * pi.log()[..., None] + (1 - x) * (1 - pi).log()[..., None])
    return torch.trapezoid(heights, x)


@also_right
def by_tanh(pi: Tensor) -> Tensor:
    a = torch.logit(pi) + 1e-9  # 2 pi - 1 = tanh(a / 2)
    return torch.tanh(a / 2) / a
