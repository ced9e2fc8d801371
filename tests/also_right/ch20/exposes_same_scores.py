"""Other right answers to 20.exposes_same_scores."""

import torch
from torch import nn

from tests.also_right import also_right


@also_right
def by_the_output(train_step):
    g, d = nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
    optimizers = tuple(torch.optim.Adam(n.parameters(), lr=0.01) for n in (g, d))
    probe = torch.randn(4, 2)
    old = g(probe).detach()
    train_step(g, d, optimizers, torch.randn(16, 2), torch.randn(16, 2))
    assert (g(probe) - old).abs().max() > 0, "the samples have not moved"


@also_right
def by_all_parameters(train_step):
    nets = nn.Linear(1, 2), nn.Linear(2, 1)
    old = [[p.detach().clone() for p in n.parameters()] for n in nets]
    optimizers = tuple(torch.optim.SGD(n.parameters(), lr=1.0) for n in nets)
    train_step(*nets, optimizers, torch.randn(8, 2) + 1, torch.randn(8, 1))
    for net, kept in zip(nets, old, strict=True):
        assert any(
            not torch.equal(p, q) for p, q in zip(net.parameters(), kept, strict=True)
        )
