"""Chapter 08's gradients, its linear model, and its latent space, by numbers."""

import math

import numpy as np
import pytest
import torch
from torch.distributions import Normal

from aigc_course import vae

NODES, WEIGHTS = (
    torch.from_numpy(part) for part in np.polynomial.hermite_e.hermegauss(60)
)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def randn(*shape, seed=0):
    return torch.randn(*shape, generator=seeded(seed), dtype=torch.float64)


def mean_over_e(values):
    """E over e ~ N(0, 1) of values at NODES, by Gauss-Hermite quadrature."""
    return float((WEIGHTS * values).sum() / math.sqrt(2 * math.pi))


@pytest.mark.equation("8.16", "8.17")
@pytest.mark.parametrize(("m", "sigma"), [(0.3, 0.7), (-1.0, 1.2)])
def test_both_gradients_of_the_mean_of_a_sine(m, sigma):
    """E sin(z) = sin(m) exp(-sigma^2 / 2), whose slopes are known."""
    shrink = math.exp(-(sigma**2) / 2)
    in_m, in_sigma = math.cos(m) * shrink, -sigma * math.sin(m) * shrink
    z = m + sigma * NODES
    assert math.isclose(mean_over_e(z.cos()), in_m, abs_tol=1e-10)
    assert math.isclose(mean_over_e(NODES * z.cos()), in_sigma, abs_tol=1e-10)
    score = (z - m) / sigma**2
    assert math.isclose(mean_over_e(z.sin() * score), in_m, abs_tol=1e-10)
    mean = torch.full_like(z, m).requires_grad_()
    (slope,) = torch.autograd.grad(Normal(mean, sigma).log_prob(z).sum(), mean)
    assert torch.allclose(slope, score)


@pytest.mark.equation("8.18")
@pytest.mark.parametrize(("m", "sigma"), [(1.0, 1.0), (0.5, 2.0), (-3.0, 0.4)])
def test_the_two_variances_for_a_square(m, sigma):
    z = m + sigma * NODES
    for slopes, closed in (
        (2 * z, 4 * sigma**2),
        (z**2 * NODES / sigma, m**4 / sigma**2 + 14 * m**2 + 15 * sigma**2),
    ):
        mean = mean_over_e(slopes)
        assert math.isclose(mean, 2 * m, rel_tol=1e-9)
        assert math.isclose(mean_over_e((slopes - mean) ** 2), closed, rel_tol=1e-9)


def variance(estimates):
    """Variance and its standard error."""
    squares = (estimates - estimates.mean()).square()
    return float(squares.mean()), float(squares.std() / len(squares) ** 0.5)


def measured_ratio(d, n, seed):
    """Var[score] / Var[reparameterised] for |z|^2, m = sigma = 1, with its error."""
    z = 1 + randn(n, d, seed=seed)
    score = z.square().sum(1) * (z[:, 0] - 1)
    (a, da), (b, db) = variance(2 * z[:, 0]), variance(score)
    return b / a, b / a * math.hypot(da / a, db / b)


@pytest.mark.equation("8.18", "8.19")
@pytest.mark.parametrize(("d", "n"), [(1, 200_000), (2, 100_000), (16, 30_000)])
def test_the_measured_ratio_is_the_exact_one_within_its_error(d, n):
    exact = (4 * (d - 1) ** 2 + 22 * (d - 1) + 30) / 4
    for seed in range(3):
        ratio, error = measured_ratio(d, n, seed)
        assert abs(ratio - exact) < 4 * error
        assert error < 0.05 * exact  # narrow enough to tell 7.5 from 6 or 9


@pytest.mark.equation("8.19")
def test_the_ratio_in_many_dimensions_from_moments():
    """Var of (z_1^2 + S) e, S the sum of the other squares, at m = sigma = 1."""
    for d in (1, 3, 10, 40):
        S = 2 * (d - 1)  # E[z^2] = 2
        S2 = S**2 + 6 * (d - 1)  # Var[z^2] = 2 sigma^4 + 4 m^2 sigma^2
        z = 1 + NODES
        own = mean_over_e(z**4 * NODES**2)
        both = 2 * S * mean_over_e(z**2 * NODES**2)
        total = own + both + S2 - 4  # less the square of the mean, 2
        closed = 4 * (d - 1) ** 2 + 22 * (d - 1) + 30
        assert math.isclose(total, closed, rel_tol=1e-9)


@pytest.mark.equation("8.19")
@pytest.mark.parametrize("d", [1, 8, 40])
def test_with_the_mean_as_a_baseline_the_ratio_is_linear_in_the_dimensions(d):
    """Var of ((z_1^2 - 2) + S) e with S of mean 0 and variance 6 (d - 1)."""
    z = 1 + NODES
    own = mean_over_e((z**2 - 2) ** 2 * NODES**2)
    exact = (own + 6 * (d - 1) - 4) / 4  # less the square of the mean, 2
    assert math.isclose(exact, (18 + 6 * (d - 1)) / 4, rel_tol=1e-9)
    z = 1 + randn(60_000, d, seed=d)
    f, e = z.square().sum(1) - 2 * d, z[:, 0] - 1
    (a, da), (b, db) = variance(2 * z[:, 0]), variance(f * e)
    assert abs(b / a - exact) < 4 * b / a * math.hypot(da / a, db / b)
    assert torch.isclose((f * e).mean(), torch.tensor(2.0).double(), atol=0.3)


@pytest.mark.equation("8.20")
def test_the_maximum_likelihood_linear_model():
    x = randn(400, 5) * torch.tensor([3.0, 2.0, 1.0, 0.5, 0.4]).double() @ randn(5, 5)
    d, centred = 2, x - x.mean(0)
    values, vectors = torch.linalg.eigh(centred.T @ centred / len(x))
    values, vectors = values.flip(0), vectors.flip(1)
    s2 = values[d:].sum() / (5 - d)
    W = vectors[:, :d] * (values[:d] - s2).sqrt()
    found = vae.ppca(x, d)
    assert math.isclose(found.s**2, s2, rel_tol=1e-9)
    assert torch.allclose(found.W @ found.W.T, W @ W.T)
    best = float(found.log_marginal(x).mean())
    for seed in range(20):
        other = vae.LinearGaussian(W + 0.02 * randn(5, d, seed=seed), found.b, found.s)
        assert float(other.log_marginal(x).mean()) < best
    for s in (0.97 * found.s, 1.03 * found.s):
        other = vae.LinearGaussian(W, found.b, s)
        assert float(other.log_marginal(x).mean()) < best


@pytest.mark.equation("8.21")
def test_the_gap_of_the_best_diagonal_encoder_and_when_it_is_none():
    W, _ = torch.linalg.qr(randn(4, 2))  # columns at right angles
    W = W * torch.tensor([2.0, 0.5]).double()
    x = randn(3, 4)
    for degrees in (0, 20, 45, 90):
        c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        R = torch.tensor([[c, -s], [s, c]]).double()
        model = vae.LinearGaussian(W @ R, torch.zeros(4).double(), 0.5)
        _, S = model.posterior(x)
        logs = torch.linalg.inv(S).diagonal().log().sum()
        gap = (torch.logdet(S) + logs) / 2
        found = vae.best_encoder(model).gap(x)
        assert torch.allclose(found, gap.expand(3), atol=1e-9)
        assert torch.allclose(
            model.covariance(), W @ W.T + 0.25 * torch.eye(4).double()
        )
        assert (gap < 1e-9) == (degrees in (0, 90))


@pytest.mark.equation("8.22")
def test_the_places_of_the_map_have_equal_shares_of_the_prior():
    side = 9
    u = (torch.arange(side).double() + 0.5) / side
    z = torch.special.ndtri(u)
    assert torch.allclose(Normal(0.0, 1.0).cdf(z), u)
    edges = torch.special.ndtri(torch.arange(1, side).double() / side)
    draws = randn(200_000)
    counts = torch.bincount(torch.bucketize(draws, edges), minlength=side)
    share = counts.double() / len(draws)
    error = (1 / side * (1 - 1 / side) / len(draws)) ** 0.5
    assert ((share - 1 / side).abs() < 4.5 * error).all()
    nearest = (draws[:, None] - z).abs().argmin(1)  # and each place lies in its share
    assert torch.equal(torch.bucketize(z, edges), torch.arange(side))
    assert nearest.unique().numel() == side


@pytest.mark.equation("8.23")
def test_the_price_of_codes_is_information_plus_mismatch():
    z = torch.linspace(-12, 12, 40_001, dtype=torch.float64)
    codes = [Normal(-1.0, 0.4), Normal(0.5, 0.3), Normal(2.0, 1.1)]
    q = torch.stack([code.log_prob(z).exp() for code in codes])  # q(z|x), x uniform
    together, prior = q.mean(0), Normal(0.0, 1.0).log_prob(z).exp()

    def kl(a, b):
        return torch.trapezoid(torch.special.xlogy(a, a / b), z)

    price = torch.stack([kl(row, prior) for row in q]).mean()
    information = torch.stack([kl(row, together) for row in q]).mean()
    assert torch.isclose(price, information + kl(together, prior))
    assert information > 0.3 and kl(together, prior) > 0.05
