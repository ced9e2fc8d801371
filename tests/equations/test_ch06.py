"""The displayed equations of chapter 06 on failures, each by a number."""

import math

import numpy as np
import pytest
import torch
from torch.nn.functional import conv_transpose1d, softplus

from aigc_course import data, gan, theory
from aigc_course.gan.health import spread


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def even(k, size=8):
    """Even shares over the first k of `size` modes."""
    return np.where(np.arange(size) < k, 1 / k, 0.0)


def kl(p, q):
    """KL between shares, 0 log 0 = 0."""
    inside = p > 0
    return float((p[inside] * np.log(p[inside] / q[inside])).sum())


@pytest.mark.equation("6.1")
def test_a_loss_of_d_bounds_the_distance():
    x = theory.grid(-6, 6)
    p, q = theory.normal(x), theory.normal(x, 1.0, 0.7)
    js = theory.jensen_shannon(p, q)
    rng = np.random.default_rng(0)
    best = theory.optimal_critic(p, q, "non-saturating")

    def bound(logit):
        return math.log(2) + theory.critic_value(p, q, logit, "minimax") / 2

    for _ in range(50):  # the value is minus D's loss
        assert bound(rng.normal() * x + rng.normal() * np.sin(x)) <= js + 1e-9
    assert bound(best) == pytest.approx(js, abs=1e-6)


@pytest.mark.equation("6.2")
@pytest.mark.parametrize("k", range(1, 9))
def test_what_lost_modes_cost(k):
    p, q, r = even(8), even(k), k / 8
    m = (p + q) / 2
    assert kl(q, p) == pytest.approx(-math.log(r))
    js = math.log(2) + (r * math.log(r) - (1 + r) * math.log(1 + r)) / 2
    assert (kl(p, m) + kl(q, m)) / 2 == pytest.approx(js, abs=1e-12)
    if k == 7:  # the numbers of the text
        assert round(-math.log(r), 2) == 0.13
        assert round(2 * math.log(2) - 2 * js, 3) == 1.295


@pytest.mark.equation("6.3")
@pytest.mark.parametrize("k", [2, 4, 8])
def test_the_spread_does_not_count_modes(k):
    centres, radius, std = data.toy_modes("ring")[:: 8 // k], 1.0, 0.2
    mode = torch.arange(200_000) % k
    x = centres[mode] + std * torch.randn(200_000, 2, generator=seeded(k))
    want = radius**2 / 2 + std**2
    values = (x - x.mean(0)).square().sum(1) / 2
    error = 5 * float(values.std()) / len(values) ** 0.5
    assert abs(float(values.mean()) - want) < error
    # and it is the number that the health monitor looks at
    assert spread(x) ** 2 == pytest.approx(float(values.mean()), rel=1e-4)


@pytest.mark.equation("6.4")
@pytest.mark.parametrize("loss", ["minimax", "non-saturating"])
def test_the_gradient_of_g_is_bounded_by_three_factors(loss):
    torch.manual_seed(0)
    G, D = gan.PointGenerator(width=8).double(), gan.PointDiscriminator(width=8)
    D = D.double()
    weights = list(G.parameters())
    z = torch.randn(20, 2, generator=seeded(), dtype=torch.float64)
    logits = D(G(z))
    g_loss = gan.losses.game(loss).generator(logits, None)
    slopes = torch.autograd.grad(g_loss, weights)
    whole = torch.cat([slope.flatten() for slope in slopes]).norm()
    products = []
    for one in z:
        x = G(one[None])
        rows = _jacobian(G, one)
        at = x.detach().requires_grad_()
        a = D(at)
        (up,) = torch.autograd.grad(a.sum(), at)
        belief = a.detach().sigmoid().item()
        g = belief if loss == "minimax" else 1 - belief
        products.append(g * float(torch.linalg.matrix_norm(rows, 2)) * float(up.norm()))
    assert 0 < float(whole) <= sum(products) / len(products)
    # the first factor is the loss's slope in the logit
    a = torch.tensor([1.3], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(gan.losses.game(loss).generator(a, None), a)
    g = a.sigmoid() if loss == "minimax" else 1 - a.sigmoid()
    assert torch.allclose(slope.abs(), g)


def _jacobian(G, z):
    """d G(z) / d weights as a matrix [2, number of weights]."""
    weights, rows = list(G.parameters()), []
    for i in range(2):
        slopes = torch.autograd.grad(G(z[None])[0, i], weights)
        rows.append(torch.cat([slope.flatten() for slope in slopes]))
    return torch.stack(rows)


@pytest.mark.equation("6.5")
@pytest.mark.parametrize("beta", [-0.5, 0.0, 0.5, 0.9])
def test_momentum_in_a_rotation(beta):
    h, J = 0.1, theory.dirac("minimax").jacobian(0.0, 0.0)
    eye, zero = np.eye(2), np.zeros((2, 2))
    # (w_t, w_{t-1}) -> (w_t + h J w_t + beta (w_t - w_{t-1}), w_t)
    step = np.block([[(1 + beta) * eye + h * J, -beta * eye], [eye, zero]])
    grown = max(abs(np.linalg.eigvals(step)))
    roots = np.roots([1, -(1 + beta + 0.5j * h), beta])
    assert max(abs(roots)) == pytest.approx(grown)
    if beta == 0:  # (3.42)
        assert grown == pytest.approx(math.sqrt(1 + h**2 / 4))


@pytest.mark.equation("6.6")
@pytest.mark.parametrize(("k", "s"), [(4, 2), (3, 2), (5, 2), (6, 3), (5, 3)])
def test_how_often_an_output_is_written(k, s):
    ones, kernel = torch.ones(1, 1, 20), torch.ones(1, 1, k)
    written = conv_transpose1d(ones, kernel, stride=s)[0, 0]
    counted = [sum(0 <= j - s * i < k for i in range(20)) for j in range(len(written))]
    assert written.tolist() == counted
    middle = counted[k:-k]
    assert (len(set(middle)) == 1) == (k % s == 0)
    assert sum(middle[:s]) == k  # k / s on average


@pytest.mark.equation("6.7")
def test_statistics_of_a_joint_batch():
    real = 2 + 0.5 * torch.randn(64, generator=seeded(), dtype=torch.float64)
    fake = -1 + 1.5 * torch.randn(64, generator=seeded(1), dtype=torch.float64)
    both = torch.cat([real, fake])
    means, variances = (real.mean(), fake.mean()), (real.var(False), fake.var(False))
    assert torch.allclose(both.mean(), sum(means) / 2)
    want = sum(variances) / 2 + (means[0] - means[1]) ** 2 / 4
    assert torch.allclose(both.var(False), want)
    # each half is measured against the other; alone, each has mean 0
    norm = torch.nn.BatchNorm1d(1, affine=False).double()
    joint, alone = norm(both[:, None]).flatten(), norm(fake[:, None])
    assert joint[:64].mean() > 0.5 and joint[64:].mean() < -0.5
    assert float(alone.mean().abs()) < 1e-9


@pytest.mark.equation("6.8")
@pytest.mark.parametrize(
    ("rate", "settles"), [(0.1, True), (0.49, True), (0.51, False)]
)
def test_the_largest_rate(rate, settles):
    curvature, w = 4.0, torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=rate)
    for _ in range(60):
        optimizer.zero_grad()
        (curvature * w**2 / 2).backward()
        optimizer.step()
    assert float(w.detach().abs()) == pytest.approx(abs(1 - rate * curvature) ** 60)
    assert (float(w.detach().abs()) < 1) == settles == (rate < 2 / curvature)


@pytest.mark.equation("6.9")
def test_how_much_d_knows_by_heart():
    train, held_back, fake = (torch.randn(50, 4, generator=seeded(i)) for i in range(3))

    def overfit(D):
        on_train, on_new, on_fake = (D(x).mean() for x in (train, held_back, fake))
        return float((on_train - on_new) / (on_train - on_fake))

    def by_heart(x):  # real is what stands in the list
        return (torch.cdist(x, train).min(dim=1).values < 1e-3).float()

    def tells(x):  # real is anything but the fakes
        return (torch.cdist(x, fake).min(dim=1).values > 1e-3).float()

    assert overfit(by_heart) == pytest.approx(1)
    assert overfit(tells) == pytest.approx(0)


@pytest.mark.equation("6.10")
def test_no_failure_in_n_seeds():
    f, n = 0.2, 10
    failed = torch.rand(100_000, n, generator=seeded()) < f
    none = (~failed.any(dim=1)).double()
    error = 5 * float(none.std()) / 100_000**0.5
    assert abs(float(none.mean()) - (1 - f) ** n) < error
    for n in (10, 30, 100):
        edge = 1 - 0.05 ** (1 / n)
        assert (1 - edge) ** n == pytest.approx(0.05)
        assert edge == pytest.approx(3 / n, rel=0.15)
    assert 0.25 < 1 - 0.05 ** (1 / 10) < 0.27  # one time in four


@pytest.mark.equation("6.11")
@pytest.mark.parametrize(("failed", "n"), [(0, 10), (2, 10), (7, 12), (10, 10)])
def test_wilson_solves_its_inequality(failed, n):
    share, z = failed / n, 1.96
    middle, reach = (
        share + z**2 / (2 * n),
        math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)),
    )
    low, high = ((middle + sign * z * reach) / (1 + z**2 / n) for sign in (-1, 1))
    f = np.linspace(0, 1, 100_001)
    fits = np.abs(share - f) <= z * np.sqrt(f * (1 - f) / n) + 1e-12
    assert f[fits].min() == pytest.approx(low, abs=2e-5)
    assert f[fits].max() == pytest.approx(high, abs=2e-5)


@pytest.mark.parametrize(("a", "breaks"), [(-88.5, False), (-89.0, True)])
def test_where_log_sigmoid_breaks(a, breaks):
    # said in the text of section 3: near -88.7
    a = torch.tensor([a], requires_grad=True)
    (slope,) = torch.autograd.grad(torch.log(torch.sigmoid(a)).sum(), a)
    assert bool(slope.isfinite().all()) != breaks
    (stable,) = torch.autograd.grad(-softplus(-a).sum(), a)
    assert float(stable) == 1.0


@pytest.mark.parametrize(("a", "breaks"), [(16.5, False), (16.7, True)])
def test_where_log_of_one_minus_sigmoid_breaks(a, breaks):
    # near 16.6, which is what case G of the gallery meets
    a = torch.tensor([a])
    assert bool(torch.log(1 - torch.sigmoid(a)).isinf().all()) == breaks
    assert softplus(a).isfinite().all()
