"""The displayed equations of chapter 04, each by a number."""

import math

import pytest
import sympy
import torch
from torch import nn
from torch.nn.functional import softplus

from aigc_course import data, gan, metrics


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def standard_error(values):
    """Of the mean of values [n]."""
    return float(values.std() / math.sqrt(len(values)))


def normal_density(x, centre, std):
    """N(x; centre, std^2 I) in the plane, x [n, 2]."""
    return torch.exp(-(x - centre).square().sum(1) / (2 * std**2)) / (
        2 * math.pi * std**2
    )


def cross_entropy(a, y):
    """l(a, y) as (4.3) writes it, in float64."""
    return -y * torch.log(a.sigmoid()) - (1 - y) * torch.log(1 - a.sigmoid())


@pytest.mark.equation("4.1")
def test_the_ring_has_its_density():
    k = torch.arange(8).double()
    centres = torch.stack([(2 * math.pi * k / 8).cos(), (2 * math.pi * k / 8).sin()], 1)
    line = torch.linspace(-1.1, 1.1, 501, dtype=torch.float64)
    places = torch.cartesian_prod(line, line)
    density = sum(normal_density(places, c, 0.01) for c in centres) / 8
    points = data.toy("ring", 100_000).double()
    # quadrature (spectrally exact for smooth functions) against the points: the last
    # mean falls by exp(-1/2) where sigma grows from 0 to 0.01
    for f in (
        lambda x: torch.ones(len(x)).double(),
        lambda x: x[:, 0] ** 2,
        lambda x: x[:, 0] ** 4 * x[:, 1] ** 2,
        lambda x: (100 * (x[:, 0] - 1)).cos(),
    ):
        exact = float((density * f(places)).sum() * (line[1] - line[0]) ** 2)
        values = f(points)
        assert abs(float(values.mean()) - exact) < 5 * standard_error(values) + 1e-6


@pytest.mark.equation("4.2")
def test_means_over_generated_points_are_means_over_latents():
    # a linear G: p_G is N(b, A A^T), whose means are known without any latent
    A = torch.tensor([[2.0, 0.5], [-1.0, 1.0]], dtype=torch.float64)
    b = torch.tensor([1.0, -2.0], dtype=torch.float64)
    z = torch.randn(200_000, 2, generator=seeded(), dtype=torch.float64)
    x = z @ A.T + b
    covariance = A @ A.T
    exact = {
        "E[x_0]": (x[:, 0], b[0]),
        "E[x_0^2]": (x[:, 0] ** 2, covariance[0, 0] + b[0] ** 2),
        "E[x_0 x_1]": (x[:, 0] * x[:, 1], covariance[0, 1] + b[0] * b[1]),
        # E[cos u] of u ~ N(m, s^2) is cos(m) exp(-s^2 / 2)
        "E[cos x_1]": (x[:, 1].cos(), b[1].cos() * torch.exp(-covariance[1, 1] / 2)),
    }
    for name, (values, want) in exact.items():
        assert abs(float(values.mean() - want)) < 5 * standard_error(values), name


@pytest.mark.equation("4.3")
def test_cross_entropy_is_minus_the_log_of_the_right_belief():
    a = torch.tensor([-3.0, 0.0, 2.0], dtype=torch.float64)
    p = torch.distributions.Bernoulli(probs=a.sigmoid())
    for y in (0.0, 1.0):
        right = -p.log_prob(torch.full_like(a, y))
        assert torch.allclose(cross_entropy(a, y), right)
    assert float(cross_entropy(torch.zeros(1), 1.0)) == pytest.approx(math.log(2))


@pytest.mark.equation("4.4")
def test_cross_entropy_without_probabilities():
    a, y = sympy.symbols("a y", real=True)
    sigma = 1 / (1 + sympy.exp(-a))
    first = -y * sympy.log(sigma) - (1 - y) * sympy.log(1 - sigma)
    second = sympy.log(1 + sympy.exp(a)) - y * a
    # equal at one place, with equal slopes everywhere
    assert sympy.simplify((first - second).subs(a, 0)) == 0
    assert sympy.simplify(sympy.diff(first - second, a)) == 0
    # and where (4.3) fails in 32 bits, (4.4) does not
    sure = torch.tensor([200.0])
    assert not cross_entropy(sure, 0.0).isfinite()
    assert float(softplus(sure) - 0.0 * sure) == 200.0


@pytest.mark.equation("4.5")
def test_the_slope_is_belief_minus_label():
    a, y = sympy.symbols("a y", real=True)
    loss = sympy.log(1 + sympy.exp(a)) - y * a
    assert sympy.simplify(sympy.diff(loss, a) - (1 / (1 + sympy.exp(-a)) - y)) == 0
    logits = torch.linspace(-6, 6, 25, dtype=torch.float64, requires_grad=True)
    for label in (0.0, 1.0):
        (slope,) = torch.autograd.grad(cross_entropy(logits, label).sum(), logits)
        assert torch.allclose(slope, logits.sigmoid() - label)


def players(seed=0):
    torch.manual_seed(seed)
    return gan.PointGenerator(width=16).double(), gan.PointDiscriminator(
        width=16
    ).double()


@pytest.mark.equation("4.6", "4.9")
def test_the_two_losses_are_those_of_the_package():
    G, D = players()
    real = data.toy("moons", 50).double()
    z = torch.randn(50, 2, generator=seeded(), dtype=torch.float64)
    a_real, a_fake = D(real).flatten(), D(G(z)).flatten()
    game = gan.losses.game("non-saturating")
    loss_d = cross_entropy(a_real, 1.0).mean() + cross_entropy(a_fake, 0.0).mean()
    assert torch.allclose(loss_d, game.discriminator(a_real, a_fake))
    loss_g = cross_entropy(a_fake, 1.0).mean()
    assert torch.allclose(loss_g, game.generator(a_fake, None))
    # Goodfellow et al. 2014: L_D is minus the value of the game
    value = a_real.sigmoid().log().mean() + (1 - a_fake.sigmoid()).log().mean()
    assert torch.allclose(loss_d, -value)


@pytest.mark.equation("4.7")
def test_plain_descent():
    w = torch.tensor([3.0, -1.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    (w[0] ** 2 + 3 * w[1]).backward()  # gradient (2 w_0, 3)
    optimizer.step()
    wanted = torch.tensor([3.0 - 0.1 * 6.0, -1.0 - 0.1 * 3.0], dtype=torch.float64)
    assert torch.allclose(w.detach(), wanted)


@pytest.mark.equation("4.8")
def test_the_best_belief_is_a_ratio_of_densities():
    # at one place: D minimises -p log d - q log(1 - d)
    p, q, d = sympy.symbols("p q d", positive=True)
    loss = -p * sympy.log(d) - q * sympy.log(1 - d)
    (best,) = sympy.solve(sympy.diff(loss, d), d)
    assert sympy.simplify(best - p / (p + q)) == 0
    second = sympy.diff(loss, d, 2).subs(d, best)
    assert sympy.simplify(second - (p + q) ** 3 / (p * q)) == 0  # > 0: a minimum
    # and among all functions: quadrature over two normal densities on a line
    x = torch.linspace(-8, 8, 4001, dtype=torch.float64)
    density_p, density_q = (
        torch.exp(-((x - m) ** 2) / 2) / math.sqrt(2 * math.pi) for m in (-1, 1)
    )

    def loss_of(belief):
        terms = density_p * belief.log() + density_q * (1 - belief).log()
        return -float(torch.trapezoid(terms, x))

    ideal = density_p / (density_p + density_q)
    for bump in (0.05 * torch.sin(x), -0.02 * torch.exp(-(x**2))):
        assert loss_of((ideal + bump).clamp(1e-9, 1 - 1e-9)) > loss_of(ideal)


@pytest.mark.equation("4.10")
def test_the_arrow_on_a_generated_point():
    _, D = players()
    x = torch.randn(20, 2, generator=seeded(), dtype=torch.float64, requires_grad=True)
    a = D(x).flatten()
    (slope,) = torch.autograd.grad(a.sum(), x, retain_graph=True)
    (gradient,) = torch.autograd.grad(cross_entropy(a, 1.0).sum(), x)
    wanted = (1 - a.sigmoid())[:, None] * slope
    assert torch.allclose(-gradient, wanted) and wanted.norm() > 0
    # a short walk along it raises D's belief at every point
    assert (D(x + 1e-3 * wanted).flatten() > a).all()


@pytest.mark.equation("4.11")
@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.5, 0.99)])
def test_adam_by_hand(betas):
    start = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    w, theirs = start.clone(), start.clone().requires_grad_()
    optimizer = torch.optim.Adam([theirs], lr=0.01, betas=betas, eps=1e-8)
    m = v = torch.zeros_like(w)
    for t in range(1, 8):
        g = torch.cos(w) + w  # gradient of sin(w) + w^2 / 2
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        w = w - 0.01 * (m / (1 - betas[0] ** t)) / (
            (v / (1 - betas[1] ** t)).sqrt() + 1e-8
        )
        optimizer.zero_grad()
        (theirs.sin() + theirs**2 / 2).sum().backward()
        optimizer.step()
        assert torch.allclose(w, theirs.detach(), rtol=1e-12)
        if t == 1:  # each weight moves by the rate, whatever its gradient
            assert torch.allclose((w - start).abs(), torch.full_like(w, 0.01))


@pytest.mark.equation("4.12")
def test_the_share_of_real_points_within_three_deviations():
    # polar coordinates: the radius has density r exp(-r^2 / 2)
    r = sympy.symbols("r", positive=True)
    exact = sympy.integrate(r * sympy.exp(-(r**2) / 2), (r, 0, 3))
    assert sympy.simplify(exact - (1 - sympy.exp(-sympy.Rational(9, 2)))) == 0
    assert round(float(exact), 3) == 0.989
    n = 200_000
    x = torch.randn(n, 2, generator=seeded(), dtype=torch.float64)
    inside = (x.norm(dim=1) <= 3).double()
    assert abs(float(inside.mean()) - float(exact)) < 5 * standard_error(inside)


@pytest.mark.equation("4.13")
def test_the_unevenness_of_shares():
    shares = torch.tensor([4, 2, 1, 1, 0, 0, 0, 0]) / 8  # of eight modes
    wanted = sum(float(p) * math.log(8 * float(p)) for p in shares if p > 0)
    samples = data.toy_modes("ring")[[0, 0, 0, 0, 1, 1, 2, 3]]
    assert metrics.modes(samples, data.toy_modes("ring"), 0.01).kl == pytest.approx(
        wanted
    )
    # its ends: even shares, and one mode for all
    even, single = torch.full((8,), 1 / 8), torch.eye(8)[0]
    kl = [float(torch.special.xlogy(p, 8 * p).sum()) for p in (even, single)]
    assert kl == pytest.approx([0, math.log(8)])
    assert round(math.log(8), 2) == 2.08


@pytest.mark.equation("4.14")
def test_the_best_reply_to_a_fixed_d_is_one_point():
    _, D = players(1)
    line = torch.linspace(-1, 1, 41, dtype=torch.float64)
    places = torch.cartesian_prod(line, line)  # where G may send its latents
    with torch.no_grad():
        belief = D(places).sigmoid().flatten()
    cost, best = -belief.log(), -math.log(float(belief.max()))
    # all latents to the best place reach the bound
    assert float(cost[cost.argmin()].repeat(10).mean()) == pytest.approx(best)
    # whatever else G does costs at least as much
    for seed in range(20):
        share = torch.rand(len(places), generator=seeded(seed), dtype=torch.float64)
        assert float((share / share.sum() * cost).sum()) > best


@pytest.mark.equation("4.15")
@pytest.mark.parametrize(
    ("network", "widths"),
    [
        (gan.MLPGenerator, (100, 128, 256, 512, 1024, 784)),
        (gan.MLPDiscriminator, (784, 1024, 512, 256, 128, 1)),
        (gan.PointGenerator, (2, 128, 128, 2)),
    ],
)
def test_weights_of_fully_connected_layers(network, widths):
    pairs = zip(widths, widths[1:], strict=False)
    layers = [m for m in network().modules() if isinstance(m, nn.Linear)]
    counted = sum(w.numel() for layer in layers for w in layer.parameters())
    assert counted == sum((before + 1) * after for before, after in pairs)
