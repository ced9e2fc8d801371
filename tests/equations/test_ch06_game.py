"""Chapter 06's equations on a less certain D, pairs, pace and averages."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import softplus

from aigc_course import gan, theory


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.equation("6.21")
@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 0.0), (0.9, 0.0), (0.9, 0.2)])
def test_the_best_d_for_soft_labels(alpha, beta):
    p, q = 0.7, 0.4
    d = np.linspace(0.001, 0.999, 99_801)
    on_real = -alpha * np.log(d) - (1 - alpha) * np.log(1 - d)
    on_fake = -beta * np.log(d) - (1 - beta) * np.log(1 - d)
    best = d[np.argmin(p * on_real + q * on_fake)]
    assert best == pytest.approx((alpha * p + beta * q) / (p + q), abs=2e-5)
    if beta == 0:  # the loss of the package has this minimum
        logit = torch.tensor(math.log(best / (1 - best)), requires_grad=True)
        game = gan.losses.smoothed(alpha) if alpha < 1 else gan.losses.game("minimax")
        loss = p * game.discriminator(logit[None], torch.tensor([-1e4]))
        loss = loss + q * softplus(logit)
        (slope,) = torch.autograd.grad(loss, logit)
        assert abs(float(slope)) < 1e-4


@pytest.mark.equation("6.22")
def test_noise_makes_a_plane_of_the_best_logit():
    c_p, c_q, s = torch.tensor([0.0, 1.0]), torch.tensor([2.0, -1.0]), 0.3
    x = torch.randn(20, 2, generator=seeded()).requires_grad_()
    real, fake = (torch.distributions.Normal(c, s) for c in (c_p, c_q))
    ratio = (real.log_prob(x) - fake.log_prob(x)).sum(dim=1)
    want = ((x - c_q).square().sum(1) - (x - c_p).square().sum(1)) / (2 * s**2)
    assert torch.allclose(ratio, want, atol=1e-3)
    (slope,) = torch.autograd.grad(ratio.sum(), x)
    assert torch.allclose(slope, ((c_p - c_q) / s**2).expand(20, 2), rtol=1e-4)


@pytest.mark.equation("6.23")
def test_characteristic_functions_multiply():
    rng, n, s = np.random.default_rng(0), 400_000, 0.6
    x, noise = rng.exponential(size=n), s * rng.normal(size=n)
    for t in (0.5, 1.5):
        values = np.exp(1j * t * (x + noise))
        # of an exponential variable: 1 / (1 - it)
        want = np.exp(-(s**2) * t**2 / 2) / (1 - 1j * t)
        assert abs(values.mean() - want) < 5 / math.sqrt(n)


@pytest.mark.equation("6.24")
def test_pairs_do_not_see_a_constant():
    real, fake = (torch.randn(9, generator=seeded(i)).double() for i in (0, 1))
    game = gan.losses.game("relativistic")
    want = torch.log1p(torch.exp(fake - real)).mean()
    assert torch.allclose(game.discriminator(real, fake), want)
    for loss, args in (
        (game.discriminator, (real, fake)),
        (game.generator, (fake, real)),
    ):
        shifted = [logits + 17.0 for logits in args]
        assert torch.allclose(loss(*shifted), loss(*args))
    plain = gan.losses.game("non-saturating").discriminator
    assert not torch.allclose(plain(real + 17, fake + 17), plain(real, fake))


@pytest.mark.equation("6.25")
@pytest.mark.parametrize("gamma", [0.3, 1.0])
def test_a_quick_d_removes_the_rotation(gamma):
    theta = 1e-3
    low, high = -1.0, 0.0  # theta sigmoid(psi theta) + gamma psi rises in psi
    for _ in range(60):
        psi = (low + high) / 2
        above = theta / (1 + math.exp(-psi * theta)) + gamma * psi > 0
        low, high = (low, psi) if above else (psi, high)
    assert psi == pytest.approx(-theta / (2 * gamma), rel=1e-3)
    d_theta, d_psi = theory.dirac("non-saturating", r1=gamma).field(theta, psi)
    assert abs(d_psi) < 1e-9  # D is at its best
    assert d_theta == pytest.approx(-theta / (4 * gamma), rel=1e-3)


@pytest.mark.equation("6.26")
@pytest.mark.parametrize("d", [0.5, 0.95, 0.99])
def test_the_radius_of_an_average(d):
    omega, average = 0.3, 0j
    for t in range(4000):
        average = d * average + (1 - d) * np.exp(1j * omega * t)
    want = (1 - d) / math.sqrt(1 - 2 * d * math.cos(omega) + d**2)
    assert abs(average) == pytest.approx(want)


@pytest.mark.equation("6.27")
@pytest.mark.parametrize("limit", [0.5, 100.0])
def test_clipping_keeps_the_direction(limit):
    weights = [nn.Parameter(torch.zeros(3)), nn.Parameter(torch.zeros(2, 2))]
    for i, weight in enumerate(weights):
        weight.grad = torch.randn(weight.shape, generator=seeded(i))
    g = torch.cat([weight.grad.flatten() for weight in weights])
    nn.utils.clip_grad_norm_(weights, limit)
    clipped = torch.cat([weight.grad.flatten() for weight in weights])
    assert torch.allclose(clipped, g * min(1, limit / float(g.norm())), rtol=1e-4)


@pytest.mark.equation("6.28")
def test_how_many_modes_samples_hit():
    K, n, rounds = 50, 120, 4000
    drawn = torch.randint(K, (rounds, n), generator=seeded())
    hit = torch.zeros(rounds, K).scatter_(1, drawn, 1.0).sum(dim=1)
    want = K * (1 - (1 - 1 / K) ** n)
    assert abs(float(hit.mean()) - want) < 5 * float(hit.std()) / rounds**0.5
    assert 1000 * (1 - (1 - 1 / 1000) ** 26_000) > 1000 - 1e-6
    assert 26_000 / 1000 == 26  # how often a perfect generator shows each
