"""Other right answers to 06.r1_step."""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits as bce

from tests.also_right import also_right


@also_right
def by_hand(G, D, optimizer, real, z, gamma):
    with torch.no_grad():
        fake = G(z)
    x = real.clone().requires_grad_()
    told, of_fakes = D(x), D(fake)
    slope = torch.autograd.grad(told.sum(), x, create_graph=True)[0]
    penalty = gamma / 2 * slope.pow(2).flatten(1).sum(1).mean()
    loss = bce(told, torch.ones_like(told)) + bce(of_fakes, torch.zeros_like(of_fakes))
    total = loss + penalty
    optimizer.zero_grad(set_to_none=True)
    total.backward()
    optimizer.step()
    return total.item()


@also_right
def in_two_passes(G, D, optimizer, real, z, gamma):
    fake = G(z).detach()
    optimizer.zero_grad()
    loss = torch.logaddexp(-D(real), torch.zeros(1)).mean()
    loss = loss + torch.logaddexp(D(fake), torch.zeros(1)).mean()
    loss.backward()
    x = real.detach().requires_grad_()
    slope = torch.autograd.grad(D(x).sum(), x, create_graph=True)[0]
    penalty = gamma * slope.square().sum() / (2 * len(x))
    penalty.backward()  # adds to the gradients of the loss
    optimizer.step()
    return (loss + penalty).detach()
