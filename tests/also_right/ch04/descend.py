"""Other right answers to 04.descend."""

import torch
from torch import Tensor

from aigc_course.exercises.small_gan import Opt
from tests.also_right import also_right


@also_right
def cleared_by_hand(optimizer: Opt, loss: Tensor) -> None:
    for group in optimizer.param_groups:
        for weight in group["params"]:
            weight.grad = None
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()


@also_right
def gradients_handed_over(optimizer: Opt, loss: Tensor) -> None:
    held = [w for group in optimizer.param_groups for w in group["params"]]
    for weight, gradient in zip(held, torch.autograd.grad(loss, held), strict=True):
        weight.grad = gradient
    optimizer.step()
