"""Other right answers to 13.cfm_loss."""

import torch
from torch.nn import functional as F

from tests.also_right import also_right


@also_right
def by_mse_loss(velocity, x0, x1, t):
    s = t.view(len(t), *[1] * (x0.dim() - 1))
    return F.mse_loss(velocity(torch.lerp(x0, x1, s.expand_as(x0)), t), x1 - x0)


@also_right
def with_a_column_of_times(velocity, x0, x1, t):
    while t.ndim < x1.ndim:
        t = t.unsqueeze(-1)
    u = velocity(x=x0 + t * (x1 - x0), t=t)
    return (x1 - x0 - u).pow(2).flatten(1).mean(1).mean()
