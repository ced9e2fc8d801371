"""Other right answers to 08.score_gradient."""

import torch
from torch import Tensor
from torch.distributions import Normal

from tests.also_right import also_right


@also_right
def by_autograd(values: Tensor, z: Tensor, mean: float, sigma: float) -> Tensor:
    m = torch.full_like(z, mean).requires_grad_()
    (slopes,) = torch.autograd.grad(Normal(m, sigma).log_prob(z).sum(), m)
    return values.detach() * slopes


@also_right
def by_the_noise(values: Tensor, z: Tensor, mean: float, sigma: float) -> Tensor:
    e = (z - mean) / sigma
    return torch.einsum("n,n->n", values, e) / sigma
