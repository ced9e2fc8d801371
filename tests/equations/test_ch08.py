"""The displayed equations of chapter 08, the model and its bound, each by a number."""

import itertools
import math

import pytest
import torch
from torch.distributions import Bernoulli, MultivariateNormal, Normal, kl_divergence

from aigc_course import vae
from aigc_course.vae import evidence, losses


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def randn(*shape, seed=0):
    return torch.randn(*shape, generator=seeded(seed), dtype=torch.float64)


@pytest.fixture
def model():
    """Two latents, three observed numbers."""
    return vae.LinearGaussian(randn(3, 2), randn(3, seed=1), 0.8)


@pytest.fixture
def x(model):
    return model.sample(5, seeded(2))


@pytest.fixture
def crude(model):
    best = vae.best_encoder(model)
    return vae.LinearVAE(model, 0.8 * best.A, best.log_variance)


@pytest.mark.equation("8.1")
def test_with_normal_noise_the_autoencoders_loss_is_the_squared_error():
    x, g, other = randn(4, 6), randn(4, 6, seed=1), randn(4, 6, seed=2)
    v = 0.3
    gap = losses.gaussian(x, g, math.log(v)) - losses.gaussian(x, other, math.log(v))
    squares = (x - other).square().sum(1) - (x - g).square().sum(1)
    assert torch.allclose(gap, squares / (2 * v))


@pytest.mark.equation("8.1")
def test_with_ink_it_is_the_cross_entropy():
    x, logits = torch.rand(3, 1, 4, 4), torch.randn(3, 1, 4, 4)
    cross = torch.nn.functional.binary_cross_entropy_with_logits(
        logits, x, reduction="sum"
    )
    assert torch.isclose(-losses.bernoulli(x, logits).sum(), cross)


@pytest.mark.equation("8.2", "8.6")
def test_the_marginal_is_the_mean_over_all_latents(model, x):
    line = torch.linspace(-7, 7, 141, dtype=torch.float64)
    z = torch.cartesian_prod(line, line)[:, None].expand(-1, len(x), -1)
    joint = model.log_likelihood(x, z) + losses.log_standard_normal(z)
    integral = joint.logsumexp(0) + 2 * (line[1] - line[0]).log()
    covariance = model.W @ model.W.T + model.s**2 * torch.eye(3).double()
    exact = MultivariateNormal(model.b, covariance).log_prob(x)
    assert torch.allclose(integral, exact, atol=1e-6)


@pytest.mark.equation("8.3")
def test_the_log_likelihood_of_ink_both_ways():
    x, a = (torch.rand(6, 5) < 0.5).double(), 2 * randn(6, 5)
    pi = a.sigmoid()
    first = (x * pi.log() + (1 - x) * (1 - pi).log()).sum(1)
    second = (x * a - torch.nn.functional.softplus(a)).sum(1)
    product = torch.where(x == 1, pi, 1 - pi).prod(1).log()
    assert torch.allclose(first, second) and torch.allclose(first, product)


@pytest.mark.equation("8.4")
def test_the_mean_over_the_coins_is_the_cross_entropy_of_the_greys():
    g, pi = torch.rand(4, generator=seeded()).double(), randn(4).sigmoid()
    mean = 0.0
    for bits in itertools.product([0.0, 1.0], repeat=4):
        x = torch.tensor(bits).double()
        chance = Bernoulli(g).log_prob(x).sum().exp()
        mean = mean + chance * Bernoulli(pi).log_prob(x).sum()
    cross = (g * pi.log() + (1 - g) * (1 - pi).log()).sum()
    assert torch.isclose(mean, cross)


@pytest.mark.equation("8.5")
@pytest.mark.parametrize("pi", [0.001, 0.2, 0.5 - 1e-9, 0.7, 0.99])
def test_the_mass_of_a_cross_entropy_on_greys(pi):
    x = torch.linspace(0, 1, 100_001, dtype=torch.float64)
    integral = float(torch.trapezoid(pi**x * (1 - pi) ** (1 - x), x))
    closed = (2 * pi - 1) / (math.log(pi) - math.log(1 - pi))
    assert math.isclose(integral, closed, rel_tol=1e-6) and closed <= 0.5 + 1e-12


@pytest.mark.equation("8.7")
def test_the_posterior_is_bayes_rule(model, x):
    M = model.W.T @ model.W + model.s**2 * torch.eye(2).double()
    inverse = torch.linalg.inv(M)
    mean, covariance = (x - model.b) @ model.W @ inverse, model.s**2 * inverse
    z = randn(5, 2, seed=3)
    joint = model.log_likelihood(x, z) + losses.log_standard_normal(z)
    found = MultivariateNormal(mean, covariance).log_prob(z)
    assert torch.allclose(found, joint - model.log_marginal(x))


@pytest.mark.equation("8.8")
def test_guessing_is_right_for_p_and_too_low_for_its_logarithm(model, x):
    k, repeats = 20, 20_000
    z = randn(k, repeats, 2)
    exact = model.log_marginal(x[:1])
    log_px = model.log_likelihood(x[:1].expand(repeats, 3), z)
    guess = log_px.logsumexp(0) - math.log(k)  # [repeats]
    p = guess.exp()
    assert abs(p.mean() - exact.exp()) < 4 * p.std() / repeats**0.5
    assert guess.mean() < exact - 10 * guess.std() / repeats**0.5


@pytest.mark.equation("8.9", "8.14")
def test_the_bound_by_jensen_and_by_its_two_forces(model, crude, x):
    n = 40_000
    log_w = evidence.log_weights(crude, x, n, generator=seeded(4))
    w = log_w.exp()
    assert (
        (w.mean(0) - model.log_marginal(x).exp()).abs() < 4 * w.std(0) / n**0.5
    ).all()
    error = log_w.std(0) / n**0.5
    assert ((log_w.mean(0) - crude.elbo(x)).abs() < 4 * error).all()
    assert (crude.elbo(x) < model.log_marginal(x)).all()
    # E_q log p(x|z) - KL(q || p), with the KL of torch.distributions
    mean, log_variance = crude.encode(x)
    q = Normal(mean, (log_variance / 2).exp())
    z = mean + q.stddev * randn(n, 5, 2, seed=5)
    fits = model.log_likelihood(x, z)
    cost = kl_divergence(q, Normal(torch.zeros(2).double(), 1.0)).sum(1)
    gap = fits.mean(0) - cost - crude.elbo(x)
    assert (gap.abs() < 4 * fits.std(0) / n**0.5).all()


@pytest.mark.equation("8.10")
def test_what_the_bound_lacks_is_the_kl_to_the_posterior(model, crude, x):
    mean, log_variance = crude.encode(x)
    q = MultivariateNormal(mean, torch.diag_embed(log_variance.exp()))
    lost = kl_divergence(q, MultivariateNormal(*model.posterior(x)))
    assert torch.allclose(model.log_marginal(x), crude.elbo(x) + lost)
    assert (lost > 0.01).all()


@pytest.mark.equation("8.11", "8.12")
def test_more_proposals_tighten_the_bound(model, crude, x):
    """Over all subsets of the same weights the mean bound rises with their number."""
    log_w = evidence.log_weights(crude, x, 7, generator=seeded(6))
    means = []
    for k in range(1, 8):
        subsets = itertools.combinations(range(7), k)
        bounds = [losses.importance_weighted_bound(log_w[list(s)]) for s in subsets]
        means.append(torch.stack(bounds).mean(0))
    assert (torch.stack(means).diff(dim=0) > 0).all()
    assert torch.allclose(means[0], log_w.mean(0))  # L_1 is the ELBO
    many = evidence.log_weights(crude, x, 2**15, generator=seeded(7))
    groups = losses.importance_weighted_bound(many.view(2**9, -1)).view(-1, 5)
    below = model.log_marginal(x) - groups.mean(0)
    assert (
        below > -4 * groups.std(0) / len(groups) ** 0.5
    ).all() and below.max() < 0.05


@pytest.mark.equation("8.13")
def test_what_is_left_is_the_spread_of_the_weights():
    """x = z + s e: everything is an integral over one line."""
    w, s, x = 1.0, 0.5, 1.2
    mean, variance = w * x / (w**2 + s**2), s**2 / (w**2 + s**2)
    true, q = Normal(mean, variance**0.5), Normal(mean + 0.2, 1.1 * variance**0.5)
    z = torch.linspace(-8, 8, 20_001, dtype=torch.float64)
    relative = torch.trapezoid((2 * true.log_prob(z) - q.log_prob(z)).exp(), z) - 1
    k, groups = 20, 200_000
    draws = q.mean + q.stddev * torch.randn(groups, k, generator=seeded(8))
    ratio = (true.log_prob(draws) - q.log_prob(draws)).exp()  # w / p(x)
    lost = -ratio.mean(1).log()
    error = float(lost.std() / groups**0.5)
    predicted = float(relative / (2 * k))
    assert abs(float(lost.mean()) - predicted) < 4 * error + 0.05 * predicted
    assert error < 0.1 * predicted


@pytest.mark.equation("8.15")
def test_the_kl_of_normals():
    mean, log_variance = randn(6, 3), randn(6, 3, seed=1)
    q = Normal(mean, (log_variance / 2).exp())
    exact = kl_divergence(q, Normal(torch.zeros(3).double(), 1.0)).sum(1)
    v = log_variance.exp()
    closed = (mean**2 + v - v.log() - 1).sum(1) / 2
    assert torch.allclose(closed, exact)
    assert torch.allclose(losses.kl_standard_normal(mean, log_variance), exact)
