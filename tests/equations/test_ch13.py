"""The displayed equations of chapter 13 on paths, solvers and noise, by number."""

import math

import pytest
import torch

from aigc_course import flow
from aigc_course.checks import registry

LAW = flow.line_mixture([0.3, 0.7], [-2.0, 1.5], [0.4, 0.6])
X = torch.linspace(-3, 3, 25, dtype=torch.float64)[:, None]
N = 100_000


def reference(name):
    return registry.get(f"13.{name}").reference


def draws(seed, n=N):
    """Noise, data, times and points of n paths, in float64."""
    g = torch.Generator().manual_seed(seed)
    x0 = torch.randn(n, 1, generator=g, dtype=torch.float64)
    x1 = LAW.sample(n, g)
    t = torch.rand(n, generator=g, dtype=torch.float64)
    return x0, x1, t, flow.interpolate(x0, x1, t)


def within(difference, sigmas=4.0):
    """Whether the mean of draws [n] is 0 up to its error."""
    error = float(difference.std()) / len(difference) ** 0.5
    return abs(float(difference.mean())) < sigmas * error


@pytest.mark.equation("13.1")
def test_the_velocity_is_the_slope_of_the_path():
    x0, x1, t, x = draws(0, 50)
    moved = (flow.interpolate(x0, x1, t + 1e-6) - x) / 1e-6
    assert torch.allclose(moved, flow.conditional_velocity(x0, x1), atol=1e-8)
    point, v = reference("interpolate")(x0, x1, t)
    assert torch.equal(point, x) and torch.equal(v, x1 - x0)


@pytest.mark.equation("13.2", "13.3")
def test_the_loss_is_smallest_at_the_conditional_mean():
    """Any change of the exact velocity makes the loss on the same draws larger."""
    x0, x1, t, x = draws(1)
    u = LAW.velocity(x, t)
    best = (u - (x1 - x0)).square()[:, 0]
    for change in (0.1 * torch.ones_like(u), 0.1 * x.sin(), -0.1 * u):
        rise = (u + change - (x1 - x0)).square()[:, 0] - best
        expected = change.square()[:, 0]  # the cross term has mean 0
        assert float(rise.mean()) > 0 and within(rise - expected)
    found = reference("cfm_loss")(lambda x, t: LAW.velocity(x, t), x0, x1, t)
    assert float(found) == pytest.approx(float(best.mean()))


@pytest.mark.equation("13.4")
def test_the_velocity_towards_one_point_is_the_slope_of_its_path():
    x0, x1, _, _ = draws(2, 20)

    def a(t):
        return torch.sin(t * math.pi / 2)

    def b(t):
        return torch.cos(t * math.pi / 2)

    t = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    slopes = [float(torch.autograd.grad(f(t), t)[0]) for f in (a, b)]
    weights = [float(f(t).detach()) for f in (a, b)]
    x = weights[0] * x1 + weights[1] * x0
    found = reference("conditional_velocity")(x, x1, *weights, *slopes)
    assert torch.allclose(found, slopes[0] * x1 + slopes[1] * x0)


@pytest.mark.equation("13.5")
def test_the_mixture_formula_is_the_mean_of_the_draws_nearby():
    """In narrow bins of x at one time, and equal to the package's."""
    x0, x1, _, _ = draws(3)
    t = 0.4
    x = flow.interpolate(x0, x1, t)[:, 0]
    off = (x1 - x0)[:, 0] - LAW.velocity(x[:, None], t)[:, 0]
    for low in (-2.0, -0.6, 0.0, 1.0):
        assert within(off[(x > low) & (x < low + 0.2)])
    parts = LAW.weights, LAW.means[:, 0], LAW.stds
    found = reference("marginal_velocity")(X[:, 0], t, *parts)
    assert torch.allclose(found, LAW.velocity(X, t)[:, 0], atol=1e-12)


@pytest.mark.equation("13.6")
def test_density_and_velocity_obey_the_continuity_equation():
    e = 1e-5

    def current(x, t):
        return LAW.log_density(x, t).exp() * LAW.velocity(x, t)[:, 0]

    for t in (0.1, 0.4, 0.9):
        ahead, behind = (LAW.log_density(X, t + d).exp() for d in (e, -e))
        change = (ahead - behind) / (2 * e)
        outflow = (current(X + e, t) - current(X - e, t)) / (2 * e)
        assert float(change.abs().max()) > 0.1
        assert torch.allclose(change, -outflow, rtol=0, atol=1e-8)


@pytest.mark.equation("13.7")
def test_both_losses_differ_by_the_same_number_for_every_velocity():
    x0, x1, t, x = draws(4)
    u, constant = LAW.velocity(x, t), LAW.conditional_variance(x, t)
    for v in (0 * x, x.sin() + t[:, None], u):
        cfm = (v - (x1 - x0)).square()[:, 0]
        fm = (v - u).square()[:, 0]
        assert within(cfm - fm - constant)
    assert float(constant.mean()) == pytest.approx(2.34, abs=0.02)


@pytest.mark.equation("13.7")
def test_both_losses_have_the_same_gradient():
    x0, x1, t, x = draws(5)
    features = torch.cat([x, x.sin(), t[:, None]], 1)
    v = features @ torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)
    targets = (x1 - x0)[:, 0], LAW.velocity(x, t)[:, 0]
    one, other = (2 * (v - target)[:, None] * features for target in targets)
    assert all(within(column) for column in (one - other).T)


@pytest.mark.equation("13.8")
def test_the_flow_keeps_ranks():
    found = flow.solve(LAW.velocity, X, 512, "rk4")
    assert torch.allclose(found, LAW.flow(X, 0.0, 1.0), rtol=0, atol=5e-9)


@pytest.mark.equation("13.9", "13.10")
@pytest.mark.parametrize(
    ("method", "order"), [("euler", 1), ("midpoint", 2), ("heun", 2), ("rk4", 4)]
)
def test_orders_of_the_solvers(method, order):
    ends = LAW.flow(X, 0.0, 1.0)
    errors = [
        float((flow.solve(LAW.velocity, X, n, method) - ends).abs().median())
        for n in (128, 256)
    ]
    assert math.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.06)
    if method == "euler":
        once = flow.solve(LAW.velocity, X, [0.0, 0.1], method)
        assert torch.allclose(once, X + 0.1 * LAW.velocity(X, 0.0))


@pytest.mark.equation("13.11", "13.12")
@pytest.mark.parametrize("t", [0.05, 0.5, 0.95])
def test_velocity_score_and_denoised_point_are_one_thing(t):
    x = X.clone().requires_grad_()
    (score,) = torch.autograd.grad(LAW.log_density(x, t).sum(), x)
    u = LAW.velocity(X, t)
    assert torch.allclose((t * u - X) / (1 - t), score, rtol=0, atol=1e-12)
    assert torch.allclose(reference("score_from_velocity")(u, X, t), score, atol=1e-12)
    tweedie = (X + (1 - t) ** 2 * score) / t
    assert torch.allclose(X + (1 - t) * u, tweedie, rtol=0, atol=1e-12)
    # and it is the mean of the data given x, by Bayes' rule on a grid
    grid = torch.linspace(-9, 9, 4001, dtype=torch.float64)
    logits = LAW.log_density(grid[:, None]) - (X - t * grid) ** 2 / (2 * (1 - t) ** 2)
    mean = (logits.softmax(1) * grid).sum(1, keepdim=True)
    assert torch.allclose(tweedie, mean, rtol=0, atol=1e-9)


@pytest.mark.equation("13.13")
def test_the_chain_in_one_jump_has_the_chain_s_mean_and_variance():
    betas, k = torch.linspace(0.01, 0.2, 8, dtype=torch.float64), 6
    mean, variance = 1.0, 0.0
    for beta in betas[:k].tolist():
        mean, variance = mean * (1 - beta) ** 0.5, variance * (1 - beta) + beta
    x, noise = torch.tensor([[2.0]]).double(), torch.tensor([[1.5]]).double()
    jump = reference("ddpm_noise")(x, betas, k, noise)
    assert float(jump) == pytest.approx(2 * mean + 1.5 * variance**0.5)


@pytest.mark.equation("13.14")
def test_the_scaled_path_is_the_noised_image_of_a_diffusion():
    x0, x1, t, x = draws(6, 100)
    c = (t**2 + (1 - t) ** 2).sqrt()[:, None]
    a = flow.signal_share(t)[:, None]
    assert torch.allclose(x / c, a.sqrt() * x1 + (1 - a).sqrt() * x0)


@pytest.mark.equation("13.15")
def test_the_density_of_the_stochastic_equation_is_that_of_the_flow():
    """Fokker-Planck: dp/dt = -d(drift p)/dx + g^2/2 d2p/dx2, for any g."""
    e, g = 1e-4, 0.8

    def p(x, t):
        return LAW.log_density(x, t).exp()

    def current(x, t):
        drift = LAW.velocity(x, t) + g**2 / 2 * LAW.score(x, t)
        return drift[:, 0] * p(x, t)

    for t in (0.2, 0.6):
        change = (p(X, t + e) - p(X, t - e)) / (2 * e)
        outflow = (current(X + e, t) - current(X - e, t)) / (2 * e)
        spread = (p(X + e, t) - 2 * p(X, t) + p(X - e, t)) / e**2
        right = -outflow + g**2 / 2 * spread
        assert torch.allclose(change, right, rtol=0, atol=1e-6)


@pytest.mark.equation("13.16")
def test_the_reverse_step_is_the_posterior_of_diffusion():
    """Mean and variance of x_s given x_t and x_1 by Bayes' rule for normals."""
    x1, x0, t, s = 1.3, -0.4, 0.3, 0.45
    x_t = (1 - t) * x0 + t * x1
    # x_t = (t/s) x_s + noise of variance w, and x_s ~ N(s x1, (1 - s)^2)
    w = (1 - t) ** 2 - (t / s) ** 2 * (1 - s) ** 2
    precision = 1 / (1 - s) ** 2 + (t / s) ** 2 / w
    mean = (s * x1 / (1 - s) ** 2 + (t / s) * x_t / w) / precision
    v = torch.full((200_000, 1), x1 - x0, dtype=torch.float64)
    start = torch.full_like(v, x_t)
    g = torch.Generator().manual_seed(0)
    drawn = flow.solve(lambda x, t: v, start, [t, s], "ancestral", 1.0, g)[:, 0]
    assert within(drawn - mean)
    assert float(drawn.var()) == pytest.approx(1 / precision, rel=0.02)
    still = flow.solve(lambda x, t: v[:1], start[:1], [t, s], "ancestral", 0.0)
    assert float(still) == pytest.approx(x_t + (s - t) * (x1 - x0))
