"""Other right answers to 04.step."""

import torch
from torch import Tensor
from torch.nn.functional import softplus

from aigc_course.exercises.ch04.d_loss import d_loss
from aigc_course.exercises.ch04.g_loss import g_loss
from aigc_course.exercises.small_gan import (
    Net,
    Opt,
)
from tests.also_right import also_right


@also_right
def fakes_used_twice(G: Net, D: Net, for_g: Opt, for_d: Opt, real: Tensor, z: Tensor):
    fake = G(z)
    loss_d = softplus(-D(real)).mean() + softplus(D(fake.detach())).mean()
    for_d.zero_grad()
    loss_d.backward()
    for_d.step()
    D.requires_grad_(False)
    loss_g = softplus(-D(fake)).mean()
    for_g.zero_grad()
    loss_g.backward()
    for_g.step()
    D.requires_grad_(True)
    return loss_d.item(), loss_g.item()


@also_right
def gradients_asked_for(
    G: Net, D: Net, for_g: Opt, for_d: Opt, real: Tensor, z: Tensor
):
    told = []
    for network, optimizer in ((D, for_d), (G, for_g)):
        loss = d_loss(D, G, real, z) if network is D else g_loss(D, G, z)
        held = list(network.parameters())
        for w, gradient in zip(held, torch.autograd.grad(loss, held), strict=True):
            w.grad = gradient
        optimizer.step()
        told.append(loss.detach())
    return told
