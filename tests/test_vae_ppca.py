"""Probabilistic PCA: the most probable linear-Gaussian model of points."""

import pytest
import torch

from aigc_course import vae


@pytest.fixture
def cloud():
    seeded = torch.Generator().manual_seed(4)
    scales = torch.tensor([3.0, 2.0, 1.0, 0.5]).double()
    turn = torch.linalg.qr(torch.randn(4, 4, generator=seeded).double())[0]
    return torch.randn(400, 4, generator=seeded).double() * scales @ turn + 5


def test_ppca_cannot_be_improved(cloud):
    """The gradient of the likelihood vanishes there, and small steps lower it."""
    best = vae.ppca(cloud, 2)
    W, b = best.W.clone().requires_grad_(), best.b.clone().requires_grad_()
    vae.LinearGaussian(W, b, best.s).log_marginal(cloud).mean().backward()
    assert W.grad.abs().max() < 1e-9 and b.grad.abs().max() < 1e-9
    top = best.log_marginal(cloud).mean()
    for s in (0.98 * best.s, 1.02 * best.s):
        assert vae.LinearGaussian(best.W, best.b, s).log_marginal(cloud).mean() < top
    turned = (
        best.W
        + 0.05 * torch.randn(4, 2, generator=torch.Generator().manual_seed(0)).double()
    )
    assert vae.LinearGaussian(turned, best.b, best.s).log_marginal(cloud).mean() < top


def test_ppca_matches_the_datas_covariance_in_its_directions(cloud):
    best = vae.ppca(cloud, 2)
    values = torch.linalg.eigvalsh(torch.cov(cloud.T, correction=0))
    noise = values[:2].mean()
    expected = torch.cat([noise[None], noise[None], values[2:]])
    assert torch.allclose(torch.linalg.eigvalsh(best.covariance()), expected)


def test_after_ppca_the_gap_is_zero(cloud):
    best = vae.ppca(cloud, 2)
    linear = vae.best_encoder(best)
    assert linear.gap(cloud).abs().max() < 1e-9
    assert torch.allclose(linear.elbo(cloud), best.log_marginal(cloud))
