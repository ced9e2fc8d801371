"""Chapter 09's outliers, collapse and factors, by the numbers of their equations."""

import math

import pytest
import torch
from torch.distributions import MultivariateNormal

from aigc_course import data, metrics
from aigc_course.checks import registry
from aigc_course.vae import losses


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def reference(name):
    return registry.get(f"09.{name}").reference


@pytest.mark.equation("9.14")
@pytest.mark.parametrize("d", [1, 7, 784])
def test_draws_lie_half_a_nat_per_dimension_below_the_mode(d):
    normal = MultivariateNormal(torch.zeros(d).double(), torch.eye(d).double())
    mode = losses.log_standard_normal(torch.zeros(1, d).double())
    assert torch.isclose(-normal.entropy(), mode - d / 2)


@pytest.mark.equation("9.14")
def test_they_lie_in_a_shell():
    radius = torch.randn(4000, 784, generator=seeded()).norm(dim=1)
    assert abs(float(radius.mean()) - math.sqrt(784)) < 0.1
    assert float(radius.min()) > 24 and float(radius.max()) < 32


@pytest.mark.equation("9.15")
def test_less_a_length_is_a_likelihood_ratio_against_the_code():
    """A code of lengths L assigns 2^-L, and lengths that can be told apart sum to 1."""
    p = torch.tensor([0.5, 0.3, 0.2]).double()
    L = torch.tensor([1.0, 2.0, 2.0]).double()  # 0, 10, 11
    rival = 2**-L
    assert float(rival.sum()) == 1
    assert torch.allclose(-p.log2() - L, (rival / p).log2())


def trained_column(eigenvalue, s, beta, seed):
    """The column that gradient descent finds for one direction: a number."""
    g = seeded(seed)
    w, a, log_v = (
        (torch.randn((), generator=g) * 0.5 + 0.7).double().requires_grad_()
        for _ in range(3)
    )
    adam = torch.optim.LBFGS((w, a, log_v), max_iter=400, line_search_fn="strong_wolfe")

    def loss():
        # x ~ N(0, eigenvalue), q = N(a x, v), p(x|z) = N(w z, s^2): all means known
        adam.zero_grad()
        v = log_v.exp()
        error = eigenvalue * (1 - w * a) ** 2 + w**2 * v  # E (x - w z)^2
        kl = (a**2 * eigenvalue + v - log_v - 1) / 2
        value = error / (2 * s**2) + beta * kl
        value.backward()
        return value

    for _ in range(5):
        adam.step(loss)
    return abs(float(w.detach()))


@pytest.mark.equation("9.16")
@pytest.mark.parametrize("beta", [0.5, 1.0, 4.0])
def test_gradient_descent_finds_the_lengths(beta):
    values, s = torch.tensor([3.0, 1.0, 0.4, 0.1]).double(), 0.5
    want = reference("lengths")(values, s, beta)
    found = [trained_column(float(v), s, beta, seed=1) for v in values]
    assert torch.allclose(torch.tensor(found).double(), want, atol=0.02), (found, want)


@pytest.mark.equation("9.17")
def test_free_bits_are_those_of_the_package():
    kl = 2 * torch.rand(7, 5, generator=seeded()) * torch.linspace(0.1, 1, 5)
    assert torch.isclose(
        reference("free_bits")(kl, 0.5), losses.free_bits(kl, 0.5), atol=1e-6
    )
    by_hand = sum(max(0.5, float(kl[:, j].mean())) for j in range(5))
    assert math.isclose(float(losses.free_bits(kl, 0.5)), by_hand, rel_tol=1e-6)


@pytest.mark.equation("9.18")
def test_beta_weighs_the_kl_alone():
    log_px, kl = -50 - torch.rand(4), 3 + torch.rand(4)
    assert torch.allclose(losses.elbo(log_px, kl, beta=4.0), log_px - 4 * kl)


@pytest.mark.equation("9.19")
def test_the_gap_of_codes_by_hand_and_by_the_package():
    factors = data.factors.grid()[::5]
    noise = torch.randn(len(factors), 4, generator=seeded())
    codes = torch.cat([factors[:, 1:4].float() + 0.3 * noise[:, :3], noise[:, 3:]], 1)
    codes = torch.cat([codes, codes[:, :1] + 0.5 * noise[:, 1:2]], 1)
    found = metrics.mig(codes, factors)
    p = torch.stack(
        [torch.bincount(v, minlength=8).double() / len(v) for v in factors.T]
    )
    entropy = -torch.special.xlogy(p, p).sum(1)
    information = found.information * entropy  # I from shares
    best = reference("gap")(information, entropy)
    assert math.isclose(float(best), found.mean, rel_tol=1e-9)
    top = information.sort(0).values
    by_hand = ((top[-1] - top[-2]) / entropy).mean()
    assert math.isclose(float(by_hand), found.mean, rel_tol=1e-9)
