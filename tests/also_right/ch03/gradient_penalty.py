"""Other right answers to 03.gradient_penalty."""

import torch
from torch import Tensor

from aigc_course.exercises.small_gan import Net
from tests.also_right import also_right


@also_right
def with_lerp(critic: Net, real: Tensor, fake: Tensor, u: Tensor) -> Tensor:
    x = torch.lerp(fake, real, u).requires_grad_()
    scores = critic(x)
    ones = torch.ones_like(scores)
    slopes = torch.autograd.grad(scores, x, ones, create_graph=True)[0]
    lengths = slopes.pow(2).sum(1).sqrt()
    return (lengths - 1).pow(2).mean()


@also_right
def one_by_one(critic: Net, real: Tensor, fake: Tensor, u: Tensor) -> Tensor:
    total = torch.zeros(())
    for r, f, share in zip(real, fake, u, strict=True):
        x = (f + share * (r - f)).detach()[None].requires_grad_()
        slope = torch.autograd.grad(critic(x).squeeze(), x, create_graph=True)[0]
        total = total + (torch.linalg.vector_norm(slope) - 1).square()
    return total / len(real)
