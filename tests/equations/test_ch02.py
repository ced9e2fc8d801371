"""Equations (2.1) to (2.18): the value, the best discriminator, the divergence."""

import math

import numpy as np
import pytest
import sympy as sp
import torch

from aigc_course import theory
from aigc_course.exercises.ch02.jensen_shannon import jensen_shannon
from aigc_course.exercises.ch02.logit_gradient import logit_gradient

X = theory.grid(-9, 9, 3601)
P = theory.mixture(X, [-1.5, 1.5], [0.5, 0.8], [0.4, 0.6])
Q = theory.normal(X, -0.2, 1.2)
BEST = P.p / (P.p + Q.p)
LOG_RATIO = np.log(P.p) - np.log(Q.p)
M = (P.p + Q.p) / 2


def guess(x):
    return 1 / (1 + np.exp(-2 * (np.abs(x) - 1)))


def integral(values):
    return float(values.sum() * P.dx)


def worth(d, p=P.p, q=Q.p):
    """V by integration, with the densities written out."""
    return integral(p * np.log(d) + q * np.log1p(-d))


def mean_and_error(values):
    return values.mean(), values.std(ddof=1) / math.sqrt(len(values))


@pytest.mark.equation("2.1")
def test_the_value_from_samples_is_the_value_from_densities():
    rng = np.random.default_rng(0)
    real, e_real = mean_and_error(np.log(guess(P.sample(100_000, rng))))
    fakes = -0.2 + 1.2 * rng.standard_normal(100_000)  # G(z) = 1.2 z - 0.2
    fake, e_fake = mean_and_error(np.log(1 - guess(fakes)))
    error = math.hypot(e_real, e_fake)
    assert error < 0.01
    assert abs(real + fake - worth(guess(X))) < 4 * error
    # and is what the package computes
    assert theory.value(P, Q, guess(X)) == pytest.approx(worth(guess(X)), abs=1e-9)


@pytest.mark.equation("2.2")
def test_the_order_of_the_players_and_their_solution():
    """max over D at each q, then min over q: on two places, over fine tables."""
    p = np.array([0.3, 0.7])
    d = np.linspace(0.005, 0.995, 199)  # contains the best answers closely enough
    inner = []
    for q0 in np.linspace(0.05, 0.95, 91):
        q = np.array([q0, 1 - q0])
        gains = p[:, None] * np.log(d) + q[:, None] * np.log(1 - d)
        inner.append(gains.max(axis=1).sum())
    best = np.argmin(inner)
    assert np.linspace(0.05, 0.95, 91)[best] == pytest.approx(0.3)
    assert inner[best] == pytest.approx(-math.log(4), abs=1e-4)


@pytest.mark.equation("2.3")
def test_the_noise_can_be_left_out():
    """z^2 with z normal: E h(z^2) against the chi-square density with 1 degree."""
    z = np.random.default_rng(1).standard_normal(200_000)
    mean, error = mean_and_error(np.cos(z**2))
    x = (np.arange(400_000) + 0.5) / 400_000 * 40
    q = np.exp(-x / 2) / np.sqrt(2 * np.pi * x)
    exact = (q * np.cos(x)).sum() * (x[1] - x[0])
    assert error < 0.005 and abs(mean - exact) < 4 * error + 2e-3


@pytest.mark.equation("2.4")
def test_the_value_is_one_integral():
    apart = P.expect(np.log(guess(X))) + Q.expect(np.log(1 - guess(X)))
    assert worth(guess(X)) == pytest.approx(apart, abs=1e-12)


def gain():
    a, b, d = sp.symbols("a b d", positive=True)
    return a, b, d, a * sp.log(d) + b * sp.log(1 - d)


@pytest.mark.equation("2.5")
def test_the_slope_of_the_gain():
    a, b, d, f = gain()
    assert sp.simplify(sp.diff(f, d) - (a / d - b / (1 - d))) == 0


@pytest.mark.equation("2.6")
def test_the_slope_vanishes_at_one_place():
    a, b, d, f = gain()
    (top,) = sp.solve(sp.diff(f, d), d)
    assert sp.simplify(top - a / (a + b)) == 0


@pytest.mark.equation("2.7")
def test_the_gain_is_concave():
    a, b, d, f = gain()
    bend = -a / d**2 - b / (1 - d) ** 2
    assert sp.simplify(sp.diff(f, d, 2) - bend) == 0
    assert bend.is_negative or all(
        bend.subs({a: 0.4, b: 0.1, d: v}) < 0 for v in (0.01, 0.5, 0.99)
    )


@pytest.mark.equation("2.8")
def test_the_best_discriminator():
    assert np.abs(theory.optimal_discriminator(P, Q) - BEST).max() < 1e-12
    for bump in (0.01, -0.02):
        other = np.clip(BEST + bump * np.cos(X), 1e-9, 1 - 1e-9)
        assert worth(other) < worth(BEST)
    # by counting: of 400,000 samples of either kind, the share that is real near 1
    rng = np.random.default_rng(2)
    near = [np.abs(d.sample(200_000, rng) - 1) < 0.05 for d in (P, Q)]
    total = near[0].sum() + near[1].sum()
    share, want = near[0].sum() / total, np.interp(1, X, BEST)
    assert abs(share - want) < 4 * math.sqrt(want * (1 - want) / total) + 1e-3


@pytest.mark.equation("2.9")
def test_the_gradient_in_the_logit_is_that_of_autograd():
    torch.manual_seed(0)
    a = torch.randn(50, dtype=torch.float64, requires_grad=True)
    p, q = torch.rand(2, 50, dtype=torch.float64)
    d = a.sigmoid()
    (p * d.log() + q * (1 - d).log()).sum().backward()
    assert torch.allclose(a.grad, p * (1 - d) - q * d)
    by_hand = logit_gradient(a.detach().numpy(), p.numpy(), q.numpy())
    assert np.allclose(by_hand, a.grad.numpy())


@pytest.mark.equation("2.10")
def test_the_logit_of_the_best_is_the_log_ratio():
    inside = np.abs(X) < 4
    logit = (np.log(BEST) - np.log1p(-BEST))[inside]
    assert np.allclose(logit, LOG_RATIO[inside])
    assert np.allclose((BEST / (1 - BEST))[inside], (P.p / Q.p)[inside])


@pytest.mark.equation("2.11")
def test_fakes_weighted_by_the_odds_stand_for_data():
    inside = BEST < 1
    weights = np.where(inside, BEST / np.where(inside, 1 - BEST, 1), 0)
    for power in (1, 2):
        assert Q.expect(X**power * weights) == pytest.approx(P.expect(X**power))
    samples = Q.sample(100_000, np.random.default_rng(3))
    values = samples**2 * np.exp(np.interp(samples, X, LOG_RATIO))
    mean, error = mean_and_error(values)
    assert error < 0.05 and abs(mean - P.expect(X**2)) < 4 * error


@pytest.mark.equation("2.12")
def test_the_cost_against_the_best():
    by_hand = P.expect(np.log(BEST)) + Q.expect(np.log(Q.p / (P.p + Q.p)))
    assert worth(BEST) == pytest.approx(by_hand, abs=1e-9)
    assert theory.generator_cost(P, Q) == pytest.approx(by_hand, abs=1e-9)


@pytest.mark.equation("2.13")
def test_the_cost_in_divergences_from_the_middle():
    kls = P.expect(np.log(P.p / M)) + Q.expect(np.log(Q.p / M))
    assert theory.generator_cost(P, Q) == pytest.approx(-math.log(4) + kls)
    a, b = sp.symbols("a b", positive=True)
    fraction = sp.log(a / (a + b)) - (
        sp.log(sp.Rational(1, 2)) + sp.log(2 * a / (a + b))
    )
    assert sp.simplify(sp.expand_log(fraction, force=True)) == 0


@pytest.mark.equation("2.14")
def test_the_cost_is_a_jensen_shannon_divergence():
    js = jensen_shannon(P.p * P.dx, Q.p * P.dx)
    assert worth(BEST) == pytest.approx(-math.log(4) + 2 * js, abs=1e-9)


@pytest.mark.equation("2.15")
def test_the_range_of_the_divergence():
    rng = np.random.default_rng(4)
    for _ in range(100):
        p, q = rng.dirichlet(np.full(5, 0.3), size=2)
        assert 0 < jensen_shannon(p, q) < math.log(2) + 1e-12
        assert abs(jensen_shannon(p, p)) < 1e-12
    left, right = np.array([0.2, 0.8, 0, 0]), np.array([0, 0, 0.5, 0.5])
    assert jensen_shannon(left, right) == pytest.approx(math.log(2))
    assert jensen_shannon(left, left[::-1].copy()) == pytest.approx(math.log(2))


@pytest.mark.equation("2.16")
def test_the_minimum_is_at_the_data():
    assert theory.generator_cost(P, P) == pytest.approx(-math.log(4))
    assert np.allclose(theory.optimal_discriminator(P, P), 0.5)
    for bump in (1e-2, 0.3, -0.5):
        q = theory.normalised(X, P.p * (1 + bump * np.tanh(X)))
        assert theory.generator_cost(P, q) > -math.log(4) + 1e-6


@pytest.mark.equation("2.17")
def test_what_an_imperfect_discriminator_loses():
    for d in (guess(X), np.full_like(X, 0.5), 0.3 + 0.4 * np.sin(X) ** 2):
        inside = (BEST > 0) & (BEST < 1)
        best, other = BEST[inside], d[inside]
        coins = best * np.log(best / other)
        coins += (1 - best) * np.log((1 - best) / (1 - other))
        loss = ((P.p + Q.p)[inside] * coins).sum() * P.dx
        assert loss > 0
        assert worth(BEST) - worth(d) == pytest.approx(loss, abs=1e-8)


@pytest.mark.equation("2.18")
def test_every_discriminator_proves_a_bound():
    js = theory.jensen_shannon(P, Q)
    torch.manual_seed(1)
    for _ in range(50):
        a, b, c = torch.randn(3).tolist()
        d = 1 / (1 + np.exp(-(a + b * X + c * X**2).clip(-30, 30)))
        assert (worth(d) + math.log(4)) / 2 < js
    assert (worth(BEST) + math.log(4)) / 2 == pytest.approx(js, abs=1e-9)
