"""Equations (3.18) to (3.27), (3.34) to (3.37): best critics and what they teach."""

import math

import numpy as np
import pytest
import sympy as sp
import torch
from torch import nn

from aigc_course import gan, theory
from aigc_course.gan import penalties

X = theory.grid(-12, 14, 2001)
P, Q = theory.normal(X), theory.normal(X, 1.5, 0.7)
TV = theory.total_variation(P, Q)

a, p, q = sp.symbols("a", real=True), *sp.symbols("p q", positive=True)
u = sp.symbols("u", positive=True)


def best_by_trying(on_real, on_fake, p, q):
    tried = np.linspace(-3, 3, 6001)
    return tried[np.argmin(p * on_real(tried) + q * on_fake(tried))]


@pytest.mark.equation("3.18")
def test_each_place_is_a_problem_of_its_own():
    """The minimum over functions is the sum of the minima over places."""
    rng = np.random.default_rng(0)
    p, q, outputs = rng.random(3), rng.random(3), np.linspace(-2, 2, 9)
    cost = p[:, None] * (1 - outputs) ** 2 + q[:, None] * np.abs(outputs)  # [3, 9]
    best = cost.argmin(axis=1)
    every = np.stack(np.meshgrid(*[np.arange(9)] * 3), -1).reshape(-1, 3)  # 729 D's
    totals = cost[np.arange(3), every].sum(axis=1)
    assert (every[totals.argmin()] == best).all()


@pytest.mark.equation("3.19")
def test_best_output_of_least_squares():
    cost = p * (a - 1) ** 2 / 2 + q * a**2 / 2
    assert sp.simplify(sp.solve(sp.diff(cost, a), a)[0] - p / (p + q)) == 0
    assert sp.diff(cost, a, 2) == p + q
    real, fake = torch.randn(2, 7).double().unbind()
    by_hand = (real - 1).square().mean() / 2 + fake.square().mean() / 2
    assert torch.isclose(gan.losses.least_squares_discriminator(real, fake), by_hand)


@pytest.mark.equation("3.20")
def test_generator_of_least_squares():
    assert sp.expand(sp.diff((a - 1) ** 2 / 2, a)) == a - 1
    logits = torch.tensor([-2.0, 0.5, 3.0], requires_grad=True)
    loss = gan.losses.least_squares_generator(logits)
    (slope,) = torch.autograd.grad(loss, logits)
    assert torch.allclose(3 * slope, logits - 1)


@pytest.mark.equation("3.21")
def test_least_squares_is_pearson():
    m = theory.Density(X, (P.p + Q.p) / 2)
    best = (P.p - Q.p) / (P.p + Q.p)
    cost = P.expect(best**2) / 2 + Q.expect(best**2) / 2
    middle = ((P.p - Q.p) ** 2 / (P.p + Q.p)).sum() * P.dx / 2
    assert math.isclose(cost, middle, rel_tol=1e-9)
    assert math.isclose(middle, theory.chi_square(Q, m), rel_tol=1e-9)
    target = p * (a - 1) ** 2 / 2 + q * (a + 1) ** 2 / 2
    assert sp.simplify(sp.solve(sp.diff(target, a), a)[0] - (p - q) / (p + q)) == 0
    # the usual targets, 0 and 1: another divergence, 1/8 at q = p and larger elsewhere
    best = P.p / (P.p + Q.p)
    usual = Q.expect((best - 1) ** 2) / 2
    assert math.isclose(usual, Q.expect((1 + P.p / Q.p) ** -2) / 2, rel_tol=1e-9)
    assert usual > 1 / 8 == (1 - 0.5) ** 2 / 2
    assert sp.diff((1 + u) ** -2, u, 2).is_positive  # convex


@pytest.mark.equation("3.22")
def test_best_output_of_hinge():
    def on_real(a):
        return np.maximum(0, 1 - a)

    def on_fake(a):
        return np.maximum(0, 1 + a)

    for p, q in ((0.3, 0.1), (0.1, 0.3), (2.0, 1.9)):
        best = best_by_trying(on_real, on_fake, p, q)
        assert math.isclose(best, np.sign(p - q), abs_tol=1e-9)


@pytest.mark.equation("3.23")
def test_hinge_measures_total_variation():
    best = np.sign(P.p - Q.p)
    loss = P.expect(np.maximum(0, 1 - best)) + Q.expect(np.maximum(0, 1 + best))
    assert math.isclose(loss, 2 * np.minimum(P.p, Q.p).sum() * P.dx, rel_tol=1e-9)
    assert math.isclose(loss, 2 - 2 * TV, rel_tol=1e-9)
    assert math.isclose(P.expect(best) - Q.expect(best), 2 * TV, rel_tol=1e-9)


@pytest.mark.equation("3.24")
def test_no_gentle_critic_beats_the_distance():
    distance = theory.wasserstein1(P, Q)
    rng = np.random.default_rng(0)
    for _ in range(50):
        slopes = np.clip(np.cumsum(rng.normal(0, 0.3, len(X))), -1, 1)
        f = np.cumsum(slopes) * P.dx
        assert P.expect(f) - Q.expect(f) <= distance + 1e-9
    best = theory.optimal_critic(P, Q, "wasserstein")
    assert theory.lipschitz_constant(best, X) <= 1 + 1e-9
    assert math.isclose(P.expect(best) - Q.expect(best), distance, rel_tol=1e-9)


@pytest.mark.equation("3.25")
def test_integration_by_parts():
    def integral(values):
        return (values[:-1] + values[1:]).sum() * P.dx / 2

    f, slope = np.sin(X) + X / 3, np.cos(X) + 1 / 3
    # distribution functions at the points themselves, not at the ends of their cells
    gap = Q.cdf - P.cdf - (Q.p - P.p) * P.dx / 2
    assert math.isclose(P.expect(f) - Q.expect(f), integral(slope * gap), rel_tol=1e-4)
    best = integral(np.abs(gap))
    assert math.isclose(integral(np.sign(gap) * gap), best, rel_tol=1e-12)
    assert math.isclose(best, theory.wasserstein1(P, Q), rel_tol=1e-3)


@pytest.mark.equation("3.26")
def test_penalty_of_a_critic_of_known_slope():
    critic = nn.Linear(2, 1).double()
    with torch.no_grad():
        critic.weight.copy_(torch.tensor([[3.0, 4.0]]))  # of length 5
    real, fake = torch.randn(2, 6, 2).double().unbind()
    penalty = penalties.gradient_penalty(critic, real, fake, weight=10.0)
    assert math.isclose(penalty.item(), 10 * (5 - 1) ** 2)
    seen: list[torch.Tensor] = []
    critic.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach()))
    penalties.gradient_penalty(critic, real, fake)
    share = (seen[0] - fake) / (real - fake)  # u, the same in both coordinates
    assert torch.allclose(share[:, 0], share[:, 1]) and (share > 0).all()
    assert (share < 1).all()


@pytest.mark.equation("3.27")
def test_penalised_slope_overshoots():
    s, theta, weight = sp.symbols("s theta lambda", positive=True)
    loss = -s * theta + weight * (s - 1) ** 2
    best = sp.solve(sp.diff(loss, s), s)[0]
    assert sp.simplify(best - 1 - theta / (2 * weight)) == 0
    least = -theta - theta**2 / (4 * weight)
    assert sp.simplify(loss.subs(s, best) - least) == 0


@pytest.mark.equation("3.34")
def test_which_of_two_is_real():
    px, qx, py, qy = sp.symbols("p_x q_x p_y q_y", positive=True)
    difference = sp.log(px / qx) - sp.log(py / qy)
    belief = 1 / (1 + sp.exp(-difference))
    assert sp.simplify(belief - px * qy / (px * qy + qx * py)) == 0


@pytest.mark.equation("3.35")
def test_relativistic_losses_and_their_best_scores():
    real, fake = torch.randn(2, 9).double().unbind()
    d_loss = gan.losses.relativistic_discriminator(real, fake)
    g_loss = gan.losses.relativistic_generator(fake, real)
    assert torch.isclose(d_loss, -torch.log((real - fake).sigmoid()).mean())
    assert torch.isclose(g_loss, -torch.log((fake - real).sigmoid()).mean())
    x = theory.grid(-5, 6, 221)
    p, q = theory.normal(x), theory.normal(x, 1.5, 0.7)
    best = np.log(p.p) - np.log(q.p)
    least = theory.critic_value(p, q, best, "relativistic")
    for bent in (1.05 * best, best + 0.1 * np.sin(x), np.tanh(best)):
        assert theory.critic_value(p, q, bent, "relativistic") < least


@pytest.mark.equation("3.36")
def test_relativistic_slopes_cancel():
    real, fake = (torch.randn(9).double().requires_grad_() for _ in range(2))
    game = gan.losses.game("relativistic")
    for loss in (game.discriminator(real, fake), game.generator(fake, real)):
        up, down = torch.autograd.grad(loss, (real, fake))
        assert torch.allclose(up + down, torch.zeros(9).double())
    # the weight of a fake under L_G: sigma(a(x) - a(y))
    assert torch.allclose(-9 * down, (real - fake).sigmoid())


@pytest.mark.equation("3.37")
def test_push_on_the_mean_against_samples():
    a = np.log(P.p) - np.log(Q.p)
    pushed = Q.expect(-1 / (1 + np.exp(a)) * np.gradient(a, X))
    mean = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
    z = torch.randn(40_000, generator=torch.Generator().manual_seed(0)).double()
    x = mean + 0.7 * z
    logit = ((x - 1.5) / 0.7) ** 2 / 2 - x**2 / 2 + math.log(0.7)
    each = nn.functional.softplus(-logit)
    (gradient,) = torch.autograd.grad(each.mean(), mean)
    slopes = -torch.sigmoid(-logit) * ((x - 1.5) / 0.49 - x)
    error = slopes.std().item() / len(z) ** 0.5
    assert abs(gradient.item() - pushed) < 4 * error < 0.05
