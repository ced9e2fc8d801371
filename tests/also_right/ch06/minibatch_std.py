"""Other right answers to 06.minibatch_std."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def in_steps(h: Tensor) -> Tensor:
    squares = (h - h.mean(dim=0, keepdim=True)) ** 2
    deviation = torch.sqrt(squares.mean(dim=0) + 1e-8)
    column = torch.ones(h.shape[0], 1) * deviation.sum() / h.shape[1]
    return torch.hstack((h, column))


@also_right
def by_moments(h: Tensor) -> Tensor:
    wide = h.double()
    variance = ((wide**2).mean(0) - wide.mean(0) ** 2).clamp_min(0)
    s = (variance + 1e-8).sqrt().mean().to(h.dtype)
    return torch.nn.functional.pad(h, (0, 1)) + torch.cat(
        [torch.zeros_like(h), s.repeat(len(h), 1)], dim=1
    )
