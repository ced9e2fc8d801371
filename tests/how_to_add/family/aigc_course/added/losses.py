"""What is minimised."""

import torch
from torch import Tensor


def negative_log_likelihood(x: Tensor, mean: Tensor, log_std: Tensor) -> Tensor:
    """-log N(x; mean, std^2) up to a constant, mean over images [N, 1, 28, 28]."""
    # (x - m)^2 / (2 s^2) + log s
    square = (x - mean).square() / 2 * torch.exp(-2 * log_std)
    return (square + log_std).sum(dim=(1, 2, 3)).mean()
