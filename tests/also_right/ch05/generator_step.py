"""Other right answers to 05.generator_step."""

import torch
from torch import Tensor
from torch.nn.functional import (
    binary_cross_entropy_with_logits,
    logsigmoid,
)

from aigc_course.exercises.small_gan import (
    Net,
    Opt,
    descend,
)
from tests.also_right import also_right


@also_right
def fakes_labelled_real(G: Net, D: Net, opt: Opt, z: Tensor) -> float:
    G.zero_grad()
    logits = D(G(z))
    loss = binary_cross_entropy_with_logits(logits, torch.ones_like(logits))
    loss.backward()
    opt.step()
    return loss.item()


@also_right
def with_d_frozen(G: Net, D: Net, opt: Opt, z: Tensor) -> Tensor:
    D.requires_grad_(False)
    loss = -logsigmoid(D(G(z))).mean()
    D.requires_grad_(True)
    return descend(opt, loss)
