"""Other right answers to 20.exposes_std_of_log_variance."""

import math

import torch

from tests.also_right import also_right


@also_right
def by_the_ratio(draw):
    mean = torch.zeros(5000, 2)
    wide, narrow = (draw(mean, torch.full((5000, 2), v)).std() for v in (2.0, -2.0))
    assert abs(math.log(float(wide / narrow)) - 2) < 0.2


@also_right
def by_the_slope(draw):
    # z = mean + exp(lv / 2) noise, so dz/dlv = (z - mean) / 2
    log_variance = torch.full((8, 1), -1.0, requires_grad=True)
    z = draw(torch.zeros(8, 1), log_variance)
    (slope,) = torch.autograd.grad(z.sum(), log_variance)
    assert torch.allclose(slope, z.detach() / 2, atol=1e-5)
