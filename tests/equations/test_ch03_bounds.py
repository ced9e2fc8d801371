"""Equations (3.28) to (3.33): f-divergences, conjugates and the bound of f-GANs."""

import math

import numpy as np
import pytest
import sympy as sp

from aigc_course import theory

X = theory.grid(-12, 14, 2001)
P, Q = theory.normal(X), theory.normal(X, 1.5, 0.7)

t, u = sp.symbols("t", real=True), sp.symbols("u", positive=True)


@pytest.mark.equation("3.28")
@pytest.mark.parametrize(
    ("name", "divergence"),
    [
        ("kl", theory.kl),
        ("reverse-kl", theory.reverse_kl),
        ("pearson", theory.chi_square),
        ("total-variation", theory.total_variation),
        ("jensen-shannon", theory.jensen_shannon),
    ],
)
def test_divergences_of_one_family(name, divergence):
    f = theory.F_DIVERGENCES[name].f
    wide = theory.normal(X, 1.0, 1.2)  # p/q stays bounded
    assert f(np.array([1.0]))[0] == pytest.approx(0, abs=1e-15)
    value = wide.expect(f(P.p / wide.p))
    assert math.isclose(value, divergence(P, wide), rel_tol=1e-6)


@pytest.mark.equation("3.29")
@pytest.mark.parametrize("name", ["kl", "reverse-kl", "pearson", "hellinger"])
def test_conjugate_is_the_highest_gap(name):
    f = theory.F_DIVERGENCES[name]
    slopes = f.derivative(np.array([0.3, 0.8, 1.0, 2.0, 5.0]))
    places = np.linspace(1e-3, 20, 200_001)
    tried = (slopes[:, None] * places - f.f(places)).max(axis=1)
    assert np.allclose(tried, f.conjugate(slopes), atol=1e-6)


@pytest.mark.equation("3.30")
@pytest.mark.parametrize("name", ["kl", "pearson", "jensen-shannon", "hellinger"])
def test_every_critic_gives_a_lower_bound(name):
    f = theory.F_DIVERGENCES[name]
    wide = theory.normal(X, 1.0, 1.2)
    exact, best = theory.f_divergence(P, wide, f), f.derivative(P.p / wide.p)
    rng = np.random.default_rng(0)
    for _ in range(20):
        # a little lower than the best somewhere, so that it stays in the domain of f*
        other = best - rng.random() * (1 + np.sin(rng.normal() * X + rng.normal()))
        bound = P.expect(other) - wide.expect(f.conjugate(other))
        assert bound < exact


@pytest.mark.equation("3.31")
@pytest.mark.parametrize("name", ["kl", "pearson", "jensen-shannon", "hellinger"])
def test_the_bound_is_reached_at_the_derivative(name):
    f = theory.F_DIVERGENCES[name]
    wide = theory.normal(X, 1.0, 1.2)
    ratio = P.p / wide.p
    numeric = (f.f(ratio * (1 + 1e-6)) - f.f(ratio * (1 - 1e-6))) / (2e-6 * ratio)
    inside = abs(X) < 4
    assert np.allclose(f.optimal(ratio)[inside], numeric[inside], rtol=1e-4, atol=1e-6)
    best = f.derivative(ratio)
    bound = P.expect(best) - wide.expect(f.conjugate(best))
    assert math.isclose(bound, theory.f_divergence(P, wide, f), rel_tol=1e-6)


@pytest.mark.equation("3.32")
def test_conjugate_and_critic_of_kl():
    f = u * sp.log(u)
    place = sp.solve(sp.diff(t * u - f, u), u)[0]
    assert sp.simplify(place - sp.exp(t - 1)) == 0
    assert sp.simplify((t * u - f).subs(u, place) - sp.exp(t - 1)) == 0
    assert sp.simplify(sp.diff(f, u) - 1 - sp.log(u)) == 0


@pytest.mark.equation("3.33")
def test_the_gan_is_an_f_gan():
    f = u * sp.log(u) - (u + 1) * sp.log(u + 1)
    critic = sp.diff(f, u)
    assert sp.simplify(sp.expand_log(critic - sp.log(u / (u + 1)), force=True)) == 0
    # Fenchel-Young is an equality at t = f'(u): f*(f'(u)) = u f'(u) - f(u)
    conjugate = sp.log(u + 1)  # -log(1 - e^t) at e^t = u / (u + 1)
    assert sp.simplify(sp.expand_log(u * critic - f - conjugate, force=True)) == 0
    assert sp.simplify(-sp.log(1 - u / (u + 1)) - conjugate) == 0
    total = P.p + Q.p
    bound = P.expect(np.log(P.p / total)) + Q.expect(np.log(Q.p / total))
    assert math.isclose(bound, theory.generator_cost(P, Q), rel_tol=1e-9)
