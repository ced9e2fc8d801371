"""Other right answers to 03.dirac_step."""

import math

import torch
from torch.nn.functional import softplus

from aigc_course.exercises.ch03.dirac_step import Pair
from tests.also_right import also_right


@also_right
def by_autograd(theta: float, psi: float, lr: float) -> Pair:
    D = torch.tensor(psi, dtype=torch.float64, requires_grad=True)
    G = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(softplus(D * G), D)
    D = (D - lr * slope).detach()
    (slope,) = torch.autograd.grad(softplus(-D * G), G)
    return (G - lr * slope).item(), D.item()


@also_right
def with_tanh(theta: float, psi: float, lr: float) -> list[float]:
    new = psi - lr * theta * (1 + math.tanh(psi * theta / 2)) / 2
    return [theta + lr * new * (1 - math.tanh(new * theta / 2)) / 2, new]
