"""The displayed equations of chapter 20, each by its number."""

import math
from statistics import NormalDist

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    softplus,
)

from aigc_course.checks import registry


def reference(name):
    return registry.get(f"20.{name}").reference


def small_loss() -> tuple[nn.Module, torch.Tensor]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 1)).double()
    return model, torch.randn(16, 2, dtype=torch.float64)


@pytest.mark.equation("20.1")
def test_the_gradient_is_the_limit_of_difference_quotients() -> None:
    model, x = small_loss()
    parameters = list(model.parameters())
    gradient = torch.autograd.grad(model(x).square().mean(), parameters)
    direction = [torch.randn_like(p) for p in parameters]
    want = sum(float((g * v).sum()) for g, v in zip(gradient, direction, strict=True))

    def moved(eps: float) -> float:
        with torch.no_grad():
            for p, v in zip(parameters, direction, strict=True):
                p.add_(eps * v)
            value = float(model(x).square().mean())
            for p, v in zip(parameters, direction, strict=True):
                p.sub_(eps * v)
        return value

    quotient = (moved(1e-6) - moved(-1e-6)) / 2e-6
    assert quotient == pytest.approx(want, rel=1e-6)


@pytest.mark.equation("20.2")
def test_the_first_step_of_adam_has_the_length_of_the_rate() -> None:
    gradient = torch.tensor([3.0, -2e-4, 1e-6, 0.0], dtype=torch.float64)
    weight = nn.Parameter(torch.zeros(4, dtype=torch.float64))
    optimizer = torch.optim.Adam([weight], lr=0.01)
    weight.grad = gradient.clone()
    optimizer.step()
    want = -0.01 * gradient / (gradient.abs() + 1e-8)
    torch.testing.assert_close(weight.detach(), want)
    assert float(weight.detach()[1]) == pytest.approx(0.01, rel=1e-3)


@pytest.mark.equation("20.3")
def test_a_step_of_g_leaves_d_bit_by_bit() -> None:
    g, d = nn.Linear(2, 2), nn.Linear(2, 1)
    optimizer, z = torch.optim.SGD(g.parameters(), lr=0.1), torch.randn(8, 2)
    loss = softplus(-d(g(z))).mean()
    slope = torch.autograd.grad(loss, g.weight, retain_graph=True)[0]
    before = g.weight.detach().clone(), d.weight.detach().clone()
    loss.backward()
    optimizer.step()
    torch.testing.assert_close(g.weight.detach(), before[0] - 0.1 * slope)
    assert torch.equal(d.weight, before[1])


@pytest.mark.equation("20.4")
def test_the_loss_falls_by_the_squared_norm() -> None:
    model, x = small_loss()
    parameters = list(model.parameters())
    before = model(x).square().mean()
    g = torch.autograd.grad(before, parameters)
    gaps = []
    for lr in (1e-3, 5e-4):
        with torch.no_grad():
            for p, slope in zip(parameters, g, strict=True):
                p.sub_(lr * slope)
            after = model(x).square().mean()
            for p, slope in zip(parameters, g, strict=True):
                p.add_(lr * slope)
        expected = float(reference("expected_change")(list(g), lr))
        gaps.append(abs(float(after - before.detach()) - expected))
    assert gaps[0] / gaps[1] == pytest.approx(4, rel=0.05)  # the rest is of order lr²


@pytest.mark.equation("20.5")
def test_slopes_of_the_losses() -> None:
    a, b = (torch.randn(6, 1, dtype=torch.float64, requires_grad=True) for _ in "ab")
    loss_d = softplus(-a).mean() + softplus(b).mean()
    loss_g = softplus(-b).mean()
    up, down = torch.autograd.grad(loss_d, [b, a])
    torch.testing.assert_close(down, -(1 - a.sigmoid()) / 6)
    torch.testing.assert_close(up, b.sigmoid() / 6)
    (of_g,) = torch.autograd.grad(loss_g, b)
    torch.testing.assert_close(of_g, -(1 - b.sigmoid()) / 6)
    ones = torch.ones_like(b)
    torch.testing.assert_close(loss_g, binary_cross_entropy_with_logits(b, ones))


@pytest.mark.equation("20.6")
def test_in_evaluation_samples_are_alone() -> None:
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    x = torch.randn(3, 2)
    jacobian = torch.autograd.functional.jacobian(net.eval(), x)  # [3, 1, 3, 2]
    for i in range(3):
        for j in range(3):
            assert bool(jacobian[i, 0, j].any()) == (i == j)
    mixed = torch.autograd.functional.jacobian(net.train(), x)
    assert bool(mixed[0, 0, 1].any())


@pytest.mark.equation("20.7")
def test_a_doubled_batch_has_the_same_mean() -> None:
    model, x = small_loss()
    one = model(x).square().mean()
    torch.testing.assert_close(model(torch.cat([x, x])).square().mean(), one)


@pytest.mark.equation("20.8")
def test_the_variance_over_seeds_falls_like_one_over_n() -> None:
    g = torch.Generator().manual_seed(2)
    single = softplus(torch.randn(200_000, generator=g, dtype=torch.float64))
    n = 20
    losses = single.view(-1, n).mean(1)
    assert float(losses.var()) == pytest.approx(float(single.var()) / n, rel=0.05)


@pytest.mark.equation("20.9")
def test_all_pairs_pull_towards_the_mean() -> None:
    a = torch.randn(7, 1, dtype=torch.float64)
    y = torch.randn(7, dtype=torch.float64)
    pairs = (a - y).square().mean()
    by_parts = (a - y.mean()).square().mean() + (y - y.mean()).square().mean()
    torch.testing.assert_close(pairs, by_parts)


@pytest.mark.equation("20.10")
def test_the_tolerance_has_its_rate() -> None:
    t = reference("tolerance")(2.0, 50, 0.03)
    tail = 2 * (1 - NormalDist().cdf(t * math.sqrt(50) / 2))
    assert tail == pytest.approx(0.03)
    means = np.random.default_rng(3).normal(0, 2, (40_000, 50)).mean(1)
    rate = (np.abs(means) > t).mean()
    assert rate == pytest.approx(0.03, abs=4 * math.sqrt(0.03 * 0.97 / 40_000))


@pytest.mark.equation("20.11")
def test_runs_until_a_bug_is_seen() -> None:
    for share, miss in ((0.1, 0.05), (0.5, 0.01), (0.9, 0.2)):
        n = reference("runs_needed")(share, miss)
        assert (1 - share) ** n <= miss < (1 - share) ** (n - 1)


@pytest.mark.equation("20.12")
def test_the_divergence_of_a_gaussian_by_quadrature() -> None:
    z = torch.linspace(-14, 14, 40_001, dtype=torch.float64)

    def log_density(mu: float, sigma: float) -> torch.Tensor:
        constant = math.log(2 * math.pi * sigma**2)
        return -0.5 * (((z - mu) / sigma) ** 2 + constant)

    for mu, sigma in ((0.0, 1.0), (1.0, 0.5), (-0.7, 1.6)):
        q, p = log_density(mu, sigma), log_density(0.0, 1.0)
        kl = float(torch.trapezoid(q.exp() * (q - p), z))
        want = 0.5 * (mu**2 + sigma**2 - math.log(sigma**2) - 1)
        assert kl == pytest.approx(want, abs=1e-6) and want >= 0


@pytest.mark.equation("20.13")
def test_the_sum_of_the_minimax_losses_forgets_the_generator() -> None:
    a, b = (torch.randn(5, 1, dtype=torch.float64, requires_grad=True) for _ in "ab")
    loss_d = softplus(-a).mean() + softplus(b).mean()
    minimax = -softplus(b).mean()  # E log(1 - D(G(z)))
    (slope,) = torch.autograd.grad(loss_d + minimax, b)
    assert float(slope.abs().max()) < 1e-15
    torch.testing.assert_close(loss_d + minimax, softplus(-a).mean())
    # the non-saturating loss: each logit is pulled towards 0
    loss_d = softplus(-a).mean() + softplus(b).mean()
    (slope,) = torch.autograd.grad(loss_d + softplus(-b).mean(), b)
    assert torch.equal(slope.sign(), b.detach().sign())


@pytest.mark.equation("20.14")
def test_the_standard_error_of_a_deviation() -> None:
    draws = np.random.default_rng(4).normal(0, 0.4, (20_000, 100))
    spread = draws.std(1, ddof=1).std()
    assert spread == pytest.approx(0.4 / math.sqrt(200), rel=0.03)


@pytest.mark.equation("20.15")
def test_the_least_loss_behind_two_softmaxes() -> None:
    for k in (2, 10):
        best = 80.0 * torch.eye(k, dtype=torch.float64)
        least = float(cross_entropy(best.softmax(1), torch.arange(k)))
        assert least == pytest.approx(math.log(1 + (k - 1) / math.e), abs=1e-9)
    assert round(math.log(1 + 9 / math.e), 3) == 1.461
