"""Other right answers to 00.to_tanh_range."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def around_the_middle(pixels: Tensor) -> Tensor:
    return (pixels.float() - 127.5) / 127.5


@also_right
def unit_range_first(pixels: Tensor) -> Tensor:
    return pixels.to(torch.float32).div(255).mul(2).sub(1)
