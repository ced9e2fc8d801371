"""The dependence between latents: zero, large, and its gradient."""

import math

import pytest
import torch
from torch.distributions import Normal

from aigc_course import vae
from aigc_course.errors import CourseError


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def codes(means, width=0.1, seed=0):
    """z, mean and log-variance of narrow codes around these means."""
    log_variance = torch.full_like(means, 2 * math.log(width))
    z = vae.losses.reparameterise(means, log_variance, generator=seeded(seed))
    return z, means, log_variance


def test_it_is_large_for_a_latent_that_repeats_another_and_small_for_independent_ones():
    one, two = torch.randn(2, 500, generator=seeded())
    twice = vae.total_correlation(*codes(torch.stack([one, one], 1)))
    apart = vae.total_correlation(*codes(torch.stack([one, two], 1)))
    # of equal means with width s and spread 1: about -1/2 log(1 - rho^2)
    rho2 = (1 / 1.01) ** 2
    assert abs(twice - -math.log(1 - rho2) / 2) < 0.3
    assert abs(apart) < 0.3 * twice


def test_its_gradient_is_that_of_minibatch_weighted_sampling():
    """Chen et al. 2018, equation S3: the weights 1 / (N M) are constants."""
    mean = torch.randn(6, 3, generator=seeded(), dtype=torch.float64).requires_grad_()
    log_variance = torch.randn(6, 3, generator=seeded(1)).double().requires_grad_()
    e, data = torch.randn(6, 3, generator=seeded(2)).double(), 1_000
    z = mean + (log_variance / 2).exp() * e
    each = Normal(mean, (log_variance / 2).exp()).log_prob(z[:, None])  # [N, N, d]
    weight = math.log(data * len(z))
    theirs = (
        (each.sum(2).logsumexp(1) - weight) - (each.logsumexp(1) - weight).sum(1)
    ).mean()
    ours = vae.total_correlation(z, mean, log_variance)
    wanted = torch.autograd.grad(theirs, (mean, log_variance), retain_graph=True)
    found = torch.autograd.grad(ours, (mean, log_variance))
    assert all(torch.allclose(a, b) for a, b in zip(found, wanted, strict=True))


def test_codes_of_another_shape_are_refused():
    with pytest.raises(CourseError, match="as their means"):
        vae.total_correlation(torch.zeros(3, 2), torch.zeros(4, 2), torch.zeros(4, 2))


def test_with_beta_one_it_learns_what_a_vae_learns():
    images = torch.rand(8, 1, 28, 28, generator=seeded()) * 2 - 1
    found = []
    for learner in (vae.VAE, vae.TCVAE):
        torch.manual_seed(0)
        model = learner(vae.mlp((20,), latent=3), beta=1.0)
        torch.manual_seed(1)
        losses = [float(model.step(images)["loss"]) for _ in range(3)]
        found.append((losses, [w.detach() for w in model.networks.parameters()]))
    (theirs, weights), (ours, others) = found
    assert ours == pytest.approx(theirs, rel=1e-5)
    assert all(
        torch.allclose(a, b, atol=1e-5) for a, b in zip(weights, others, strict=True)
    )


def test_a_larger_beta_adds_the_total_correlation_to_the_loss():
    images = torch.rand(8, 1, 28, 28, generator=seeded()) * 2 - 1
    losses = {}
    for beta in (1.0, 3.0, 5.0):
        torch.manual_seed(0)
        model = vae.TCVAE(vae.mlp((20,), latent=3), beta=beta)
        torch.manual_seed(1)
        losses[beta] = float(model.step(images)["loss"])
    once, twice = losses[3.0] - losses[1.0], losses[5.0] - losses[1.0]
    assert abs(once) > 1e-4 and twice == pytest.approx(2 * once, rel=1e-2)


@pytest.mark.parametrize("setting", [{"free_bits": 0.5}, {"samples": 5}])
def test_settings_that_do_not_go_with_it_are_refused(setting):
    with pytest.raises(CourseError, match="neither free_bits nor samples"):
        vae.TCVAE(vae.mlp((20,), latent=3), beta=4.0, **setting)
