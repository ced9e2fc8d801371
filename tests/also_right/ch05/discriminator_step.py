"""Other right answers to 05.discriminator_step."""

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, softplus

from aigc_course.exercises.small_gan import (
    Net,
    Opt,
)
from tests.also_right import also_right


@also_right
def without_graph(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor) -> float:
    with torch.no_grad():
        fake = G(z)
    opt.zero_grad()
    ones, zeros = torch.ones(len(real), 1), torch.zeros(len(z), 1)
    loss = binary_cross_entropy_with_logits(D(real), ones)
    loss = loss + binary_cross_entropy_with_logits(D(fake), zeros)
    loss.backward()
    opt.step()
    return loss.item()


@also_right
def two_backwards(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor) -> Tensor:
    D.zero_grad()
    on_real = softplus(-D(real)).mean()
    on_real.backward()
    on_fake = softplus(D(G(z).detach())).mean()
    on_fake.backward()  # gradients add up: one step for both
    opt.step()
    return on_real + on_fake
