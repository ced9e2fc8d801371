"""Other right answers to 20.exposes_vae_parts."""

import torch
from torch.distributions import Normal, kl_divergence

from tests.also_right import also_right


@also_right
def against_torch(loss):
    x, decoded, mu = torch.randn(3, 6, 3)
    log_var = 0.5 * torch.randn(6, 3)
    q = Normal(mu, (log_var / 2).exp())
    prior = Normal(torch.zeros(6, 3), torch.ones(6, 3))
    want = (0.5 * (x - decoded) ** 2 + kl_divergence(q, prior)).sum(1).mean()
    assert torch.allclose(loss(x, decoded, mu, log_var), want, rtol=1e-3, atol=1e-4)


@also_right
def by_the_slopes(loss):
    x = torch.randn(5, 2)
    decoded = (x + 1).requires_grad_()
    mu = torch.ones(5, 2, requires_grad=True)
    loss(x, decoded, mu, torch.zeros(5, 2)).backward()
    assert decoded.grad is not None and (decoded.grad > 0).all()
    assert mu.grad is not None and torch.allclose(mu.grad, torch.full((5, 2), 0.2))
