"""Equations (3.1) to (3.17): odds, cross-entropy, the generator's slopes, softplus."""

import math

import numpy as np
import pytest
import sympy as sp
import torch
from torch.distributions import Normal

from aigc_course import gan, theory

X = theory.grid(-12, 14, 4001)
P, Q = theory.normal(X), theory.normal(X, 1.5, 0.7)
RATIO = np.log(P.p) - np.log(Q.p)

a, p, q = sp.symbols("a", real=True), *sp.symbols("p q", positive=True)


def sigma(z):
    return 1 / (1 + sp.exp(-z))


def zero(expression):
    """Whether a sympy expression vanishes identically."""
    return sp.simplify(sp.expand_log(expression.rewrite(sp.exp), force=True)) == 0


def slope(functional, at=1.5, std=0.7, h=1e-4):
    """Central difference in the mean of q."""
    ends = (functional(theory.normal(X, at + s * h, std)) for s in (1, -1))
    return np.subtract(*ends) / (2 * h)


@pytest.mark.equation("3.1")
def test_bayes_gives_the_sigmoid_of_the_log_ratio():
    # by counting: 200,000 tosses of a fair coin, and those that fell near x = 0.8
    rng = np.random.default_rng(0)
    real = rng.random(200_000) < 0.5
    x = np.where(real, rng.normal(0, 1, 200_000), rng.normal(1.5, 0.7, 200_000))
    near = abs(x - 0.8) < 0.02
    share, error = real[near].mean(), 0.5 / near.sum() ** 0.5
    place = abs(X - 0.8).argmin()
    assert abs(share - 1 / (1 + np.exp(-RATIO[place]))) < 4 * error < 0.05
    assert zero(sigma(sp.log(p / q)) - p / (p + q))


@pytest.mark.equation("3.2")
def test_ideal_logit():
    odds = theory.optimal_discriminator(P, Q)
    inside = abs(X) < 3
    logit = np.log(odds[inside] / (1 - odds[inside]))
    assert np.allclose(logit, RATIO[inside], atol=1e-6)
    critic = theory.optimal_critic(P, Q, "minimax")
    assert np.allclose(critic, RATIO, atol=1e-9)


@pytest.mark.equation("3.3")
def test_log_ratio_of_normals():
    x = torch.linspace(-4, 6, 50, dtype=torch.float64)
    zq, zp = (x - 1.5) / 0.7, (x - 0.2) / 1.3
    by_hand = zq**2 / 2 - zp**2 / 2 + math.log(0.7 / 1.3)
    logs = (
        Normal(torch.tensor(m).double(), s).log_prob(x)
        for m, s in ((0.2, 1.3), (1.5, 0.7))
    )
    assert torch.allclose(by_hand, torch.sub(*logs))


@pytest.mark.equation("3.4")
def test_cross_entropy_is_minus_the_log_likelihood_of_the_answer():
    y, d = sp.symbols("y d")
    cost = -y * sp.log(d) - (1 - y) * sp.log(1 - d)
    assert cost.subs(y, 1) == -sp.log(d) and cost.subs(y, 0) == -sp.log(1 - d)
    # most likely claim after k of n real answers: the share k / n
    n, k = 40, 13
    total = k * cost.subs(y, 1) + (n - k) * cost.subs(y, 0)
    assert sp.solve(sp.diff(total, d), d) == [sp.Rational(k, n)]


@pytest.mark.equation("3.5")
def test_discriminator_loss_is_twice_the_mean_over_the_coin():
    rng = np.random.default_rng(1)
    n = 100_000
    y = rng.random(n) < 0.5
    x = np.where(y, rng.normal(0, 1, n), rng.normal(1.5, 0.7, n))
    d = 1 / (1 + np.exp(0.8 * x - 0.5))  # any discriminator
    costs = 2 * np.where(y, -np.log(d), -np.log(1 - d))
    on_grid = 1 / (1 + np.exp(0.8 * X - 0.5))
    exact = -P.expect(np.log(on_grid)) - Q.expect(np.log(1 - on_grid))
    error = costs.std() / n**0.5
    assert abs(costs.mean() - exact) < 4 * error < 0.02


@pytest.mark.equation("3.6")
def test_one_stationary_point_and_it_is_a_minimum():
    cost = -p * sp.log(sigma(a)) - q * sp.log(1 - sigma(a))
    first = -p * sigma(-a) + q * sigma(a)
    assert zero(sp.diff(cost, a) - first)
    assert zero(sp.diff(cost, a, 2) - (p + q) * sigma(a) * sigma(-a))
    assert zero(first.subs(a, sp.log(p / q)))


@pytest.mark.equation("3.7")
def test_minimum_of_the_discriminators_loss():
    least = P.expect(np.logaddexp(0, -RATIO)) + Q.expect(np.logaddexp(0, RATIO))
    js = theory.jensen_shannon(P, Q)
    assert math.isclose(least, 2 * math.log(2) - 2 * js, rel_tol=1e-9)
    # and nothing below it in any direction tried
    rng = np.random.default_rng(2)
    for _ in range(20):
        other = RATIO + rng.normal() * np.sin(rng.normal() * X + rng.normal())
        worse = P.expect(np.logaddexp(0, -other)) + Q.expect(np.logaddexp(0, other))
        assert worse > least


@pytest.mark.equation("3.8")
def test_both_generator_losses():
    logits = torch.linspace(-4, 4, 17, dtype=torch.float64)
    belief = logits.sigmoid()
    minimax, other = gan.losses.minimax(logits), gan.losses.non_saturating(logits)
    assert torch.isclose(minimax, torch.log(1 - belief).mean())
    assert torch.isclose(other, -torch.log(belief).mean())
    up = torch.linspace(-3, 5, 17, dtype=torch.float64)  # more belief lowers both
    assert gan.losses.minimax(up) < minimax and gan.losses.non_saturating(up) < other


@pytest.mark.equation("3.9")
def test_slopes_in_the_logit():
    assert zero(sp.diff(sp.log(1 - sigma(a)), a) + sigma(a))
    assert zero(sp.diff(-sp.log(sigma(a)), a) + sigma(-a))


@pytest.mark.equation("3.10")
def test_ratio_of_the_slopes():
    assert zero(sigma(-a) / sigma(a) - sp.exp(-a))
    assert 395 < math.exp(6) < 405  # "at a = -6 that is 400 times"
    assert sigma(sp.Integer(0)) == sp.Rational(1, 2)


@pytest.mark.equation("3.11")
@pytest.mark.parametrize("name", ["minimax", "non-saturating", "least-squares"])
def test_gradient_is_a_weight_times_a_direction(name):
    torch.manual_seed(0)
    G = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh()).double()
    D = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh()).double()
    z, generator = torch.randn(6, 2).double(), gan.losses.game(name).generator
    weight = G[0].weight
    (wanted,) = torch.autograd.grad(generator(D(G(z)).sum(1)), weight)
    total = torch.zeros_like(weight)
    for one in z:
        x = G(one)
        leaf = x.detach().requires_grad_()
        score = D(leaf).sum()
        (direction,) = torch.autograd.grad(score, leaf)  # grad_x a
        logit = score.detach().requires_grad_()
        (g,) = torch.autograd.grad(generator(logit[None]), logit)
        # (dx/dtheta)^T grad_x a, weighed with g
        total += torch.autograd.grad(x, weight, g * direction)[0]
    assert torch.allclose(wanted, total / len(z))


@pytest.mark.equation("3.12")
def test_minimax_against_a_perfect_discriminator_follows_js():
    frozen = theory.optimal_discriminator(P, Q)
    left = slope(lambda q: q.expect(np.log(1 - frozen)))
    right = 2 * slope(lambda q: theory.jensen_shannon(P, q))
    assert math.isclose(left, right, rel_tol=1e-6)


@pytest.mark.equation("3.13")
def test_non_saturating_follows_kl_minus_two_js():
    frozen = theory.optimal_discriminator(P, Q)
    left = slope(lambda q: q.expect(-np.log(frozen)))
    right = slope(lambda q: theory.kl(q, P) - 2 * theory.jensen_shannon(P, q))
    assert math.isclose(left, right, rel_tol=1e-6)
    # the step in between: -log D* = log(q/p) - log(1 - D*)
    assert zero(-sp.log(p / (p + q)) - sp.log(q / p) + sp.log(q / (p + q)))


@pytest.mark.equation("3.14")
def test_the_total_teaches_nothing():
    torch.manual_seed(0)
    real, fake = torch.randn(2, 9).double().unbind()
    game = gan.losses.game("minimax")
    total = game.discriminator(real, fake) + game.generator(fake, real)
    assert torch.isclose(total, -torch.log(real.sigmoid()).mean())
    both = -sp.log(1 - sigma(a)) - sp.log(sigma(a))
    assert zero(sp.diff(both, a) - sp.tanh(a / 2))


@pytest.mark.equation("3.14")
def test_the_best_d_of_the_sum_and_where_it_sends_the_fakes():
    # -p log sigma(a) - q log(1 - sigma(a)) - q log sigma(a) is least at e^a = (p + q)/q
    cost = -p * sp.log(sigma(a)) - q * sp.log(1 - sigma(a)) - q * sp.log(sigma(a))
    best = sp.log((p + q) / q)
    assert zero(sp.diff(cost, a).subs(a, best))
    assert zero(sigma(best) - (p + q) / (p + 2 * q))
    ratios = {4: 0.833, 1: 0.667, 0.25: 0.556, 0: 0.5}
    for ratio, belief in ratios.items():
        assert round((ratio + 1) / (ratio + 2), 3) == belief
    # G's slope in its mean against that D: negative, so descent walks away from 0
    for mean, want in ((0.5, -0.123), (1.5, -0.197), (3.0, -0.083)):
        moved = theory.normal(X, mean, 0.7)
        # log(1 + p/q) in logarithms: q is 0 in floats far to the left
        log_ratio = (X - mean) ** 2 / (2 * 0.49) - X**2 / 2 + math.log(0.7)
        logit = np.logaddexp(0, log_ratio)
        push = moved.expect(np.tanh(logit / 2) * np.gradient(logit, X))
        assert abs(push - want) < 1e-3


@pytest.mark.equation("3.15")
def test_where_float32_stops():
    assert math.isclose(math.exp(-24 * math.log(2)), 2**-24)
    assert round(24 * math.log(2), 1) == 16.6
    logits = torch.arange(10, 20, 0.001)
    first = logits[torch.sigmoid(logits) == 1][0].item()
    # kernels round differently in the last digit: within a factor of 2 of 2^-24
    assert 23 * math.log(2) < first < 25.01 * math.log(2)
    lost = torch.tensor([20.0], requires_grad=True)
    loss = -torch.log(1 - lost.sigmoid())
    (gradient,) = torch.autograd.grad(loss, lost)
    assert loss.isinf() and gradient.isnan()


@pytest.mark.equation("3.16")
def test_logarithm_and_sigmoid_together():
    softplus = sp.log(1 + sp.exp(a))
    assert zero(-sp.log(1 - sigma(a)) - softplus)
    assert zero(-sp.log(sigma(a)) - softplus.subs(a, -a))


@pytest.mark.equation("3.17")
def test_safe_form_of_softplus():
    def safe(z):
        return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))

    near = np.linspace(-30, 30, 241)
    assert np.allclose(safe(near), np.log(1 + np.exp(near)), rtol=1e-9, atol=1e-14)
    far = np.array([-745.0, 800.0, 1e6])
    assert np.allclose(safe(far) - safe(-far), far)
