"""Other right answers to 20.exposes_ema_buffers."""

import copy

import torch
from torch import nn

from tests.also_right import also_right


@also_right
def by_the_outputs(follow):
    network = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4))
    average = copy.deepcopy(network)
    network(torch.randn(32, 2) * 2 - 6)
    for _ in range(5):
        follow(average, network, 0.05)
    x = torch.randn(5, 2)
    with torch.no_grad():
        gap = (average.eval()(x) - network.eval()(x)).abs().max()
    assert gap < 1e-2


@also_right
def both_statistics(follow):
    network = nn.BatchNorm1d(2)
    average = copy.deepcopy(network).eval()
    network(5 * torch.randn(8, 2) + 10)
    for _ in range(10):
        follow(average, network, 0.2)
    for name in ("running_mean", "running_var"):
        gap = getattr(average, name) - getattr(network, name)
        assert gap.norm() < 1e-2, name
