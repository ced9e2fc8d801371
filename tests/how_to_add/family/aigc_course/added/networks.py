"""What learns."""

import torch
from torch import nn


class Pixels(nn.Module):
    """A mean and the logarithm of a deviation for each pixel, [1, 28, 28]."""

    def __init__(self) -> None:
        super().__init__()
        self.mean = nn.Parameter(torch.zeros(1, 28, 28))
        self.log_std = nn.Parameter(torch.zeros(1, 28, 28))
