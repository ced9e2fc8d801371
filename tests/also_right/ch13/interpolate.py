"""Other right answers to 13.interpolate."""

import torch

from tests.also_right import also_right


@also_right
def by_lerp(x0, x1, t):
    shape = [len(t)] + [1] * (x0.dim() - 1)
    return torch.lerp(x0, x1, t.view(shape).expand_as(x0)), x1 - x0


@also_right
def from_the_start(x0, x1, t):
    v = x1 - x0
    return x0 + torch.einsum("n,n...->n...", t, v), v
