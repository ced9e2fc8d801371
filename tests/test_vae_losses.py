"""Likelihoods, KL terms and bounds against torch.distributions and quadrature."""

import math

import pytest
import torch
from torch import distributions as D

from aigc_course.vae import losses

SHAPE = (5, 1, 4, 3)  # images smaller than the course's: the formulas do not care


def draw(*shape, seed=0, scale=1.0):
    seeded = torch.Generator().manual_seed(seed)
    return scale * torch.randn(shape, generator=seeded, dtype=torch.float64)


@pytest.fixture
def pixels():
    return draw(*SHAPE, seed=1).sigmoid()


@pytest.fixture
def outputs():
    return draw(3, *SHAPE, seed=2, scale=3)  # [k, N, 1, 4, 3]


def summed(log_prob):
    return log_prob.sum((-3, -2, -1))


def test_bernoulli_is_the_distributions(pixels, outputs):
    x = (pixels > 0.5).double()
    expected = summed(D.Bernoulli(logits=outputs).log_prob(x))
    found = losses.bernoulli(x, outputs)
    assert found.shape == (3, 5) and torch.allclose(found, expected)


def test_bernoulli_takes_grey_values_as_a_cross_entropy(pixels, outputs):
    pi = outputs.sigmoid()
    expected = summed(pixels * pi.log() + (1 - pixels) * (1 - pi).log())
    assert torch.allclose(losses.bernoulli(pixels, outputs), expected)


def test_bernoulli_gradient_is_x_minus_pi(pixels, outputs):
    logits = outputs[0].clone().requires_grad_()
    losses.bernoulli(pixels, logits).sum().backward()
    assert torch.allclose(logits.grad, pixels - outputs[0].sigmoid())


def test_extreme_logits_stay_finite():
    x, far = torch.tensor([[1.0, 0.0]]), torch.tensor([[1e4, -1e4]])
    assert losses.bernoulli(x, far) == 0
    assert losses.bernoulli(x, -far) == -2e4


@pytest.mark.parametrize("std", [0.1, 2.0])
def test_gaussian_with_a_fixed_variance(pixels, outputs, std):
    expected = summed(D.Normal(outputs, std).log_prob(pixels))
    assert torch.allclose(losses.gaussian(pixels, outputs, 2 * math.log(std)), expected)


def test_gaussian_with_a_learned_variance(pixels, outputs):
    log_v = draw(*SHAPE, seed=3).requires_grad_()
    expected = summed(D.Normal(outputs, (log_v / 2).exp()).log_prob(pixels))
    found = losses.gaussian(pixels, outputs, log_v)
    assert torch.allclose(found, expected)
    mine, theirs = (torch.autograd.grad(f.sum(), log_v)[0] for f in (found, expected))
    assert torch.allclose(mine, theirs)


def grid(levels):
    return torch.linspace(0, 1, levels, dtype=torch.float64)


@pytest.mark.parametrize("levels", [2, 3, 256])
@pytest.mark.parametrize("mean", [-0.4, 0.0, 0.503, 1.7])
@pytest.mark.parametrize("log_scale", [-12.0, -3.0, 0.0, 4.0])
def test_the_bins_of_a_discretised_logistic_sum_to_one(levels, mean, log_scale):
    bins = grid(levels)[:, None]  # every level an image of one pixel
    mean = torch.full_like(bins, mean)
    log_p = losses.discretised_logistic(bins, mean, log_scale, levels)
    assert torch.isclose(log_p.exp().sum(), torch.ones(()).double(), atol=1e-9)


def test_discretised_logistic_is_salimans_formula_on_both_ranges():
    """p of each bin as a difference of sigmoids, on [0, 1] and on [-1, 1]."""
    x, m, s = grid(256), 0.41, 0.05
    found = losses.discretised_logistic(
        x[:, None], torch.full((256, 1), m), math.log(s)
    )
    for y, centre, scale, half in (
        (x, m, s, 1 / 510),
        (2 * x - 1, 2 * m - 1, 2 * s, 1 / 255),
    ):
        upper = torch.sigmoid((y + half - centre) / scale)
        lower = torch.sigmoid((y - half - centre) / scale)
        upper[-1], lower[0] = 1, 0
        assert torch.allclose(found.double().exp(), upper - lower, rtol=1e-4)


def test_discretised_logistic_is_the_integral_of_the_density():
    """Quadrature of the logistic density over an inner bin."""
    m, s, level = 0.3, 0.02, 80
    edges = torch.linspace(-0.5, 0.5, 20_001, dtype=torch.float64) / 255
    t = (level / 255 + edges - m) / s
    density = torch.sigmoid(t) * torch.sigmoid(-t) / s
    expected = torch.trapezoid(density, edges)
    x = torch.full((1, 1), level / 255, dtype=torch.float64)
    found = losses.discretised_logistic(x, torch.full_like(x, m), math.log(s))
    assert torch.isclose(found.exp(), expected, rtol=1e-7)


def test_discretised_logistic_keeps_far_tails_and_gradients():
    x = torch.tensor([[0.0, 1.0, 128 / 255]])
    mean = torch.tensor([[1.0, 0.0, 0.0]], requires_grad=True)
    log_s = torch.tensor(-9.0, requires_grad=True)
    log_p = losses.discretised_logistic(x, mean, log_s)
    log_p.sum().backward()
    assert log_p < -1e3 and log_p.isfinite()
    assert mean.grad.isfinite().all() and log_s.grad.isfinite()
    assert (mean.grad * torch.tensor([-1, 1, 1]) > 0).all()  # towards x


@pytest.fixture
def normals():
    return draw(5, 4, seed=4), draw(5, 4, seed=5)  # mean, log-variance


def as_distribution(mean, log_variance):
    return D.Normal(mean, (log_variance / 2).exp())


def test_kl_is_the_distributions_one(normals):
    standard = D.Normal(torch.zeros(4).double(), torch.ones(4).double())
    expected = D.kl_divergence(as_distribution(*normals), standard)
    assert torch.allclose(losses.kl_per_latent(*normals), expected)
    assert torch.allclose(losses.kl_standard_normal(*normals), expected.sum(1))
    assert losses.kl_standard_normal(torch.zeros(1, 3), torch.zeros(1, 3)) == 0


def test_kl_gradients():
    mean, log_v = draw(2, 3).requires_grad_(), draw(2, 3, seed=1).requires_grad_()
    losses.kl_standard_normal(mean, log_v).sum().backward()
    # dKL/dm = m, dKL/d log v = (v - 1) / 2
    assert torch.allclose(mean.grad, mean)
    assert torch.allclose(log_v.grad, (log_v.exp() - 1) / 2)


def test_log_normals_are_the_distributions(normals):
    z = draw(7, 5, 4, seed=6)
    expected = as_distribution(*normals).log_prob(z).sum(-1)
    assert torch.allclose(losses.log_normal(z, *normals), expected)
    standard = D.Normal(0.0, 1.0).log_prob(z).sum(-1)
    assert torch.allclose(losses.log_standard_normal(z), standard)


def test_monte_carlo_kl_has_the_closed_form_as_its_mean(normals):
    seeded = torch.Generator().manual_seed(0)
    z = losses.reparameterise(*normals, 20_000, seeded)
    found = losses.kl_monte_carlo(z, *normals)  # [20000, 5]
    error = found.std(0) / len(found) ** 0.5
    gap = found.mean(0) - losses.kl_standard_normal(*normals)
    assert (gap.abs() < 4 * error).all() and (error < 0.05).all()


def test_reparameterised_samples_have_the_mean_and_variance(normals):
    mean, log_v = normals
    z = losses.reparameterise(mean, log_v, 40_000, torch.Generator().manual_seed(0))
    sigma = (log_v / 2).exp()
    assert ((z.mean(0) - mean).abs() < 4 * sigma / 200).all()
    assert torch.allclose(z.var(0), log_v.exp(), rtol=0.05)


def test_reparameterised_samples_carry_both_gradients():
    mean, log_v = draw(2, 3).requires_grad_(), draw(2, 3, seed=1).requires_grad_()
    z = losses.reparameterise(mean, log_v, generator=torch.Generator().manual_seed(3))
    z.sum().backward()
    # dz/dm = 1, dz/d log v = sigma e / 2 = (z - m) / 2
    assert z.shape == (2, 3) and torch.equal(mean.grad, torch.ones_like(mean))
    assert torch.allclose(log_v.grad, (z - mean).detach() / 2)


def test_elbo_and_beta():
    log_p, kl = torch.tensor([-10.0, -20.0]), torch.tensor([1.0, 2.0])
    assert losses.elbo(log_p, kl).tolist() == [-11.0, -22.0]
    assert losses.elbo(log_p, kl, beta=4).tolist() == [-14.0, -28.0]
    assert losses.elbo(torch.stack([log_p, 3 * log_p]), kl).tolist() == [-21.0, -42.0]


def test_free_bits_leave_cheap_latents_alone():
    kl = torch.tensor([[0.0, 3.0], [0.8, 5.0]], requires_grad=True)
    found = losses.free_bits(kl, 0.5)
    found.backward()
    # the floor, as the mean of 0 and 0.8 is below it; the mean of 3 and 5
    assert found.item() == 0.5 + 4.0
    assert kl.grad.tolist() == [[0.0, 0.5], [0.0, 0.5]]
    assert torch.isclose(losses.free_bits(kl, 0.0), kl.sum(1).mean())


def test_the_importance_weighted_bound_is_the_log_of_the_mean_weight():
    log_w = draw(6, 4, seed=8)
    expected = log_w.exp().mean(0).log()
    assert torch.allclose(losses.importance_weighted_bound(log_w), expected)
    assert torch.equal(losses.importance_weighted_bound(log_w[:1]), log_w[0])
    assert losses.importance_weighted_bound(log_w - 5000).isfinite().all()
