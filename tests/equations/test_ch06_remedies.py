"""Chapter 06's equations on penalties, looking ahead and packs."""

import itertools
import math

import pytest
import torch
from torch import nn
from torch.nn.functional import softplus

from aigc_course import gan, theory
from aigc_course.gan import penalties


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def small_d(seed=0):
    torch.manual_seed(seed)
    return gan.PointDiscriminator(width=16).double()


def points(seed=0, n=30):
    return torch.randn(n, 2, generator=seeded(seed), dtype=torch.float64)


def slope_lengths(D, x):
    """|grad a(x)| of each point, by central differences."""
    h, eye = 1e-5, torch.eye(2, dtype=torch.float64)
    with torch.no_grad():
        parts = [(D(x + h * e) - D(x - h * e)) / (2 * h) for e in eye]
    return torch.cat(parts, dim=1).norm(dim=1)


@pytest.mark.equation("6.12")
def test_r1_and_r2_are_those_of_the_package():
    D, real, fake = small_d(), points(0), points(1)
    for penalty, x in ((penalties.r1, real), (penalties.r2, fake)):
        want = 0.35 * slope_lengths(D, x).square().mean()
        assert torch.allclose(penalty(D, real, fake, gamma=0.7), want, rtol=1e-5)


@pytest.mark.equation("6.13")
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_friction_takes_energy_out(gamma):
    field = theory.dirac("non-saturating", r1=gamma).field
    for theta, psi in ((0.5, 0.3), (-1.0, 0.8), (0.01, -0.02)):
        d_theta, d_psi = field(theta, psi)
        energy = theta * d_theta + psi * d_psi
        u = theta * psi
        assert energy == pytest.approx(-u * math.tanh(u / 2) - gamma * psi**2)
        assert energy <= 0


@pytest.mark.equation("6.14")
def test_penalties_that_pull_to_one():
    D, real, fake = small_d(), points(0), points(1)
    torch.manual_seed(3)
    u = torch.rand(len(real), 1).to(real)
    between = slope_lengths(D, u * real + (1 - u) * fake)
    torch.manual_seed(3)
    got = penalties.gradient_penalty(D, real, fake, weight=10.0)
    assert torch.allclose(got, 10 * (between - 1).square().mean(), rtol=1e-5)
    torch.manual_seed(4)
    s = 0.5 * real.std()
    near = slope_lengths(D, real + s * torch.randn_like(real))
    torch.manual_seed(4)
    got = penalties.dragan(D, real, fake, weight=10.0, spread=0.5)
    assert torch.allclose(got, 10 * (near - 1).square().mean(), rtol=1e-5)


@pytest.mark.equation("6.15")
def test_the_product_of_norms_bounds_the_slope():
    D = small_d()
    weights = [m.weight.detach() for m in D.modules() if isinstance(m, nn.Linear)]
    product = math.prod(float(torch.linalg.matrix_norm(w, 2)) for w in weights)
    x, y = points(0, 500), points(1, 500)
    with torch.no_grad():
        rises = (D(x) - D(y)).abs().flatten() / (x - y).norm(dim=1)
    assert 0 < float(rises.max()) <= product
    # sigma is the largest stretch, over directions
    w = weights[0]
    v = torch.nn.functional.normalize(points(2, 5000), dim=1)
    stretch = (v @ w.T).norm(dim=1).max()
    assert float(stretch) == pytest.approx(
        float(torch.linalg.matrix_norm(w, 2)), rel=1e-3
    )


@pytest.mark.equation("6.16")
@pytest.mark.parametrize("seed", range(5))
def test_power_iteration_turns_towards_the_largest(seed):
    W = torch.randn(6, 5, generator=seeded(seed), dtype=torch.float64)
    _, s, vh = torch.linalg.svd(W)
    v = torch.randn(5, generator=seeded(seed + 50), dtype=torch.float64)

    def tangent(v):
        along = v @ vh[0]
        return float((v - along * vh[0]).norm() / along.abs())

    start = tangent(v)
    for t in range(1, 9):
        v = W.T @ (W @ v)
        v = v / v.norm()
        assert tangent(v) <= float(s[1] / s[0]) ** (2 * t) * start * (1 + 1e-9)


def steps_of_d(theta, psi, lr, k):
    for _ in range(k):
        psi = psi - lr * theta * torch.sigmoid(psi * theta)
    return psi


@pytest.mark.equation("6.17", "6.18")
@pytest.mark.parametrize("k", [0, 1, 5])
def test_the_gradient_of_looking_ahead(k):
    theta, psi = (torch.tensor(v, dtype=torch.float64) for v in (0.8, 0.5))

    def loss(theta):  # L_G(theta, psi_k(theta))
        return softplus(-steps_of_d(theta, psi, 0.3, k) * theta)

    # each of D's steps goes down L_D = log 2 + softplus(psi theta)
    at = psi.clone().requires_grad_()
    (down,) = torch.autograd.grad(softplus(at * theta), at)
    assert torch.allclose(psi - 0.3 * down, steps_of_d(theta, psi, 0.3, 1))
    whole = float(loss(theta + 1e-6) - loss(theta - 1e-6)) / 2e-6
    last = steps_of_d(theta, psi, 0.3, k)
    moves = steps_of_d(theta + 1e-6, psi, 0.3, k) - steps_of_d(
        theta - 1e-6, psi, 0.3, k
    )
    in_theta = -last * torch.sigmoid(-last * theta)
    in_psi = -theta * torch.sigmoid(-last * theta)
    assert whole == pytest.approx(float(in_theta + moves / 2e-6 * in_psi), rel=1e-6)


@pytest.mark.equation("6.19")
@pytest.mark.parametrize(("k", "m"), [(3, 1), (3, 2), (2, 3), (4, 3)])
def test_packs_make_lost_modes_louder(k, m):
    K = 4
    total = 0.0
    for combination in itertools.product(range(K), repeat=m):
        p, q = K**-m, k**-m if max(combination) < k else 0.0
        total += abs(p - q) / 2
    assert total == pytest.approx(1 - (k / K) ** m)


def test_packs_and_uneven_modes():
    # the second curve of the figure, by enumeration: four modes favoured, four not
    shares = [1.5 / 8] * 4 + [0.5 / 8] * 4
    for m in (1, 2, 3):
        pairs = itertools.product(shares, repeat=m)
        total = sum(abs(8**-m - math.prod(pack)) for pack in pairs) / 2
        counted = sum(
            math.comb(m, j) / 2**m * abs(1 - 1.5**j * 0.5 ** (m - j))
            for j in range(m + 1)
        )
        assert total == pytest.approx(counted / 2)
    assert [round(1 - 0.75**m, 2) for m in (1, 2, 4)] == [0.25, 0.44, 0.68]


@pytest.mark.equation("6.20")
def test_minibatch_standard_deviation():
    h = torch.randn(6, 4, generator=seeded(), dtype=torch.float64)
    deviations = [
        math.sqrt(
            sum((float(v) - float(column.mean())) ** 2 for v in column) / 6 + 1e-8
        )
        for column in h.T
    ]
    got = gan.MinibatchStd()(h)
    assert got.shape == (6, 5)
    assert got[:, 4].tolist() == pytest.approx([sum(deviations) / 4] * 6)
