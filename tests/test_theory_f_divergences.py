"""f-divergences: the named ones, their conjugates, and the bound that f-GANs climb."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_course import theory
from aigc_course.errors import CourseError
from aigc_course.theory import F_DIVERGENCES, GAN_FORM

NAMED = {
    "kl": theory.kl,
    "reverse-kl": theory.reverse_kl,
    "jensen-shannon": theory.jensen_shannon,
    "total-variation": theory.total_variation,
    "pearson": theory.chi_square,
    "hellinger": theory.hellinger,
}
EVERY = {**F_DIVERGENCES, GAN_FORM.name: GAN_FORM}
X = theory.grid(-10, 10, 1001)
PAIRS = {
    "apart": (theory.normal(X, -0.5, 1.2), theory.normal(X, 0.8, 1)),
    "wide": (theory.normal(X, 0, 1.3), theory.normal(X, 0, 1)),
    "mixture": (theory.mixture(X, [-2, 2], [1, 1]), theory.normal(X, 0, 2)),
}
each = pytest.mark.parametrize("f", EVERY.values(), ids=EVERY)
each_pair = pytest.mark.parametrize(("p", "q"), PAIRS.values(), ids=PAIRS)


def test_the_names():
    assert set(F_DIVERGENCES) == set(NAMED)
    assert all(f.name == name for name, f in F_DIVERGENCES.items())


@each_pair
@pytest.mark.parametrize("name", NAMED)
def test_they_are_the_named_divergences(name, p, q):
    found = theory.f_divergence(p, q, F_DIVERGENCES[name])
    assert found == pytest.approx(NAMED[name](p, q), rel=1e-9)


@each_pair
def test_the_gan_form_is_the_cost_of_the_generator(p, q):
    js = theory.jensen_shannon(p, q)
    assert theory.f_divergence(p, q, GAN_FORM) == pytest.approx(2 * js - math.log(4))


@pytest.mark.parametrize("name", NAMED)
def test_supports_that_differ(name):
    """Half of p lies where q is 0, half of q where p is 0; both are 0 at the end."""
    x = theory.grid(0, 3, 4)
    p = theory.normalised(x, [1, 1, 0, 0])
    q = theory.normalised(x, [0, 1, 1, 0])
    found = theory.f_divergence(p, q, F_DIVERGENCES[name])
    assert found == pytest.approx(NAMED[name](p, q))
    assert math.isinf(found) == (name in ("kl", "reverse-kl", "pearson"))


def test_infinite_or_not_depends_on_the_side():
    wide, narrow = theory.uniform(X, -3, 3), theory.uniform(X, -1, 1)
    assert theory.f_divergence(wide, narrow, F_DIVERGENCES["kl"]) == math.inf
    assert theory.f_divergence(narrow, wide, F_DIVERGENCES["kl"]) < math.inf
    assert theory.f_divergence(narrow, wide, F_DIVERGENCES["reverse-kl"]) == math.inf
    assert theory.f_divergence(wide, narrow, F_DIVERGENCES["reverse-kl"]) < math.inf


def test_tails_beyond_float64():
    p, q = theory.normal(X, 0, 0.3), theory.normal(X, 0, 0.25)
    assert (q.p == 0).any()
    for name in NAMED:
        found = theory.f_divergence(p, q, F_DIVERGENCES[name])
        assert found == pytest.approx(NAMED[name](p, q), rel=1e-9), name


def test_mass_where_q_is_too_thin_for_float64_counts_in_full():
    p, q = theory.normal(X, 9.8, 0.05), theory.normal(X, 0, 0.25)
    assert (q.p[p.p > 0.1] == 0).all() and (q.logs > -math.inf).all()
    found = theory.f_divergence(p, q, F_DIVERGENCES["jensen-shannon"])
    assert found == pytest.approx(math.log(2))


@pytest.mark.parametrize("f", F_DIVERGENCES.values(), ids=F_DIVERGENCES)
def test_f_is_zero_at_one(f):
    assert f.f(np.array([1.0]))[0] == pytest.approx(0, abs=1e-15)


@each
def test_f_is_convex(f):
    u = np.geomspace(1e-3, 1e3, 400)
    slopes = np.diff(f.f(u)) / np.diff(u)
    assert (np.diff(slopes) >= -1e-9).all()


@each
def test_the_derivative(f):
    u, h = np.array([0.05, 0.3, 0.9, 1.7, 4.0, 30.0]), 1e-6
    slope = (f.f(u + h) - f.f(u - h)) / (2 * h)
    assert np.allclose(f.derivative(u), slope, rtol=1e-6, atol=1e-8)


@each
def test_the_conjugate_is_the_supremum(f):
    u = np.concatenate([[0.0, 1.0], np.geomspace(1e-7, 1e5, 400_001)])
    values = f.f(u)
    low, high = max(f.domain[0], -1.8), min(f.domain[1], 1.5)
    for t in np.linspace(low, high, 9)[1:-1]:
        found = f.conjugate(np.array([t]))[0]
        assert found == pytest.approx((t * u - values).max(), rel=1e-6, abs=1e-7)


@each
@settings(max_examples=60, deadline=None, derandomize=True)
@given(u=st.floats(1e-6, 1e6), t=st.floats(-50, 50))
def test_fenchel_and_young(f, u, t):
    u, t = np.array([u]), np.array([t])
    assert f.f(u) + f.conjugate(t) >= t * u - 1e-9 * (1 + np.abs(t * u))
    best = f.optimal(u)
    touch = f.f(u) + f.conjugate(best)
    assert np.allclose(touch, best * u, rtol=1e-6, atol=1e-9 * max(1, u[0]))


@each
def test_the_domain(f):
    low, high = f.domain
    inside = np.linspace(max(low, -9), min(high, 9), 11)[1:-1]
    assert np.isfinite(f.conjugate(inside)).all()
    if high < math.inf:
        assert f.conjugate(np.array([high + 0.01, high + 5])).tolist() == [math.inf] * 2
        # the price of mass that q lacks
        assert f.optimal([1e12])[0] == pytest.approx(high, abs=1e-5)
    reached = f.optimal(np.geomspace(1e-9, 1e9, 99))
    assert (reached >= low).all() and (reached <= high).all()


@each
def test_the_limits_come_without_warnings(f):
    ends = f.optimal([0.0, math.inf])
    assert not np.isnan(ends).any() and ends[1] == f.domain[1]
    assert not np.isnan(f.f(np.array([0.0]))).any()


@each
@each_pair
def test_the_bound_is_tight_at_the_optimal_critic(f, p, q):
    best = f.optimal(theory.density_ratio(p, q))
    bound = theory.variational_bound(p, q, best, f)
    assert bound == pytest.approx(theory.f_divergence(p, q, f), rel=1e-9)


@each
@each_pair
def test_the_bound_is_below_elsewhere(f, p, q):
    best = f.optimal(theory.density_ratio(p, q))
    exact = theory.f_divergence(p, q, f)
    low, high = max(f.domain[0], -30), min(f.domain[1], 30)
    rng = np.random.default_rng(0)
    for _ in range(20):
        away = best.clip(low, high) + 0.3 * rng.standard_normal(len(best))
        away = np.clip(away, low, high - 1e-9)
        assert theory.variational_bound(p, q, away, f) < exact - 1e-4


@each
def test_the_bound_where_supports_differ(f):
    x = theory.grid(0, 3, 4)
    p = theory.normalised(x, [1, 1, 0, 0])
    q = theory.normalised(x, [0, 1, 1, 0])
    best = f.optimal(theory.density_ratio(p, q))
    bound = theory.variational_bound(p, q, best, f)
    assert bound == pytest.approx(theory.f_divergence(p, q, f))


@each_pair
def test_the_gan_bound_is_the_value_function(p, q):
    """t = log D turns E_p[t] - E_q[f*(t)] into V(D, G)."""
    d = 1 / (1 + np.exp(-np.sin(X)))
    bound = theory.variational_bound(p, q, np.log(d), GAN_FORM)
    assert bound == pytest.approx(theory.value(p, q, d))


def test_a_critic_outside_the_domain_bounds_nothing():
    p, q = PAIRS["apart"]
    outside = np.full_like(X, 0.2)
    assert theory.variational_bound(p, q, outside, GAN_FORM) == -math.inf


@pytest.mark.parametrize(("name", "t"), [("kl", math.inf), ("reverse-kl", -math.inf)])
def test_a_critic_that_is_infinite_everywhere_bounds_nothing(name, t):
    """E_p[t] and E_q[f*(t)] are then infinite of the same sign."""
    critic = np.full_like(X, t)
    bound = theory.variational_bound(*PAIRS["apart"], critic, F_DIVERGENCES[name])
    assert bound == -math.inf


def test_unsuitable_input_is_refused():
    p, q = PAIRS["apart"]
    kl = F_DIVERGENCES["kl"]
    with pytest.raises(CourseError, match="never negative"):
        kl.optimal([0.5, -0.1])
    with pytest.raises(CourseError, match="critic's values contain NaN"):
        theory.variational_bound(p, q, X * math.nan, kl)
    with pytest.raises(CourseError, match="grid has 1001 points"):
        theory.variational_bound(p, q, X[1:], kl)
    other = theory.normal(theory.grid(-9, 9, 1001))
    for call in (
        theory.f_divergence,
        lambda *a: theory.variational_bound(*a[:2], X, kl),
    ):
        with pytest.raises(CourseError, match="different grids"):
            call(p, other, kl)
