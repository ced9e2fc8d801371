"""Other right answers to 10.conditional_step."""

import torch
from torch import nn

from tests.also_right import also_right


@also_right
def by_binary_cross_entropy(G, D, for_g, for_d, real, labels, z):
    bce = nn.BCEWithLogitsLoss()
    for_d.zero_grad()
    with torch.no_grad():
        fake = G(z, labels)
    a, b = D(real, labels), D(fake, labels)
    loss_d = bce(a, torch.ones_like(a)) + bce(b, torch.zeros_like(b))
    loss_d.backward()
    for_d.step()
    for_g.zero_grad()
    a = D(G(z, labels), labels)
    loss_g = bce(a, torch.ones_like(a))
    loss_g.backward()
    for_g.step()
    return loss_d.item(), loss_g.item()


@also_right
def in_one_batch(G, D, for_g, for_d, real, labels, z):
    fake = G(z, labels)
    both = D(torch.cat([real, fake.detach()]), labels.repeat(2))
    side = torch.tensor([-1.0, 1.0]).repeat_interleave(len(real))[:, None]
    loss_d = 2 * nn.functional.softplus(side * both).mean()
    for_d.zero_grad(set_to_none=True)
    loss_d.backward()
    for_d.step()
    D.requires_grad_(False)
    loss_g = -nn.functional.logsigmoid(D(fake, labels)).mean()
    for_g.zero_grad(set_to_none=True)
    loss_g.backward()
    for_g.step()
    D.requires_grad_(True)
    return loss_d.detach(), loss_g.detach()
