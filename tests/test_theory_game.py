"""The minimax game: value, best discriminator, cost of the generator."""

import math

import numpy as np
import pytest

from aigc_course import theory
from aigc_course.errors import CourseError

X = theory.grid(-8, 8)
PAIRS = [
    (theory.normal(X, -1, 0.7), theory.normal(X, 1, 1)),
    (theory.mixture(X, [-2, 2], [0.4, 0.6]), theory.normal(X, 0, 2)),
    (theory.normal(X, -3, 0.3), theory.normal(X, 3, 0.3)),  # hardly any overlap
    (theory.uniform(X, -4, 0), theory.uniform(X, -1, 5)),  # overlap in part
]
each_pair = pytest.mark.parametrize(("p", "q"), PAIRS)


@each_pair
def test_the_best_discriminator_is_p_over_p_plus_q(p, q):
    d, total = theory.optimal_discriminator(p, q), p.p + q.p
    weighty = total > 1e-300
    assert np.allclose(d[weighty], p.p[weighty] / total[weighty], rtol=1e-9, atol=1e-15)
    assert (d >= 0).all() and (d <= 1).all()


@each_pair
def test_the_cost_is_the_best_value_and_two_js_less_log_4(p, q):
    best = theory.value(p, q, theory.optimal_discriminator(p, q))
    cost = theory.generator_cost(p, q)
    js = theory.jensen_shannon(p, q)
    assert best == pytest.approx(cost, abs=1e-12)
    assert cost == pytest.approx(-math.log(4) + 2 * js, abs=1e-12)
    assert -math.log(4) < cost <= 1e-12


@each_pair
def test_no_other_discriminator_does_better(p, q):
    d = theory.optimal_discriminator(p, q)
    best, rng = theory.value(p, q, d), np.random.default_rng(0)
    for size in (0.01, 0.1, 1):
        for _ in range(10):
            other = d + size * (rng.random(len(d)) - d) * rng.random(len(d))
            assert theory.value(p, q, other) < best


def test_the_minimum_is_where_both_agree():
    p, half = PAIRS[0][0], np.full_like(X, 0.5)
    assert theory.generator_cost(p, p) == pytest.approx(-math.log(4), abs=1e-12)
    assert np.allclose(theory.optimal_discriminator(p, p), 0.5)
    assert theory.value(p, p, half) == pytest.approx(-math.log(4), abs=1e-12)
    # an undecided D makes every G worth the same
    assert theory.value(*PAIRS[1], half) == pytest.approx(-math.log(4), abs=1e-12)


def test_disjoint_supports_cost_nothing_to_tell_apart():
    p, q = theory.uniform(X, -3, -1), theory.uniform(X, 1, 3)
    d = theory.optimal_discriminator(p, q)
    assert (d[p.p > 0] == 1).all() and (d[q.p > 0] == 0).all()
    assert (d[(p.p == 0) & (q.p == 0)] == 0.5).all()
    assert theory.value(p, q, d) == 0
    assert theory.generator_cost(p, q) == pytest.approx(0, abs=1e-12)


def test_certainty_never_rounds_to_one_where_fakes_occur():
    p, q = PAIRS[2]
    d = theory.optimal_discriminator(p, q)
    assert d.max() < 1 and d.min() > 0
    assert (q.p[d > 1 - 1e-15] > 0).any()  # where D = 1 would cost infinitely much


def test_a_discriminator_that_is_surely_wrong_is_worth_minus_infinity():
    p, q = PAIRS[0]
    assert theory.value(p, q, np.ones_like(X)) == -math.inf
    assert theory.value(p, q, np.zeros_like(X)) == -math.inf


@pytest.mark.parametrize(
    ("d", "words"),
    [
        (np.full_like(X, 1.5), "from 0 to 1; got 1.5 to 1.5. Logits need a sigmoid"),
        (np.full_like(X, -0.1), "probabilities"),
        (np.full_like(X, math.nan), "NaN"),
        (np.full(7, 0.5), "shape"),
    ],
)
def test_what_is_no_probability_is_refused(d, words):
    with pytest.raises(CourseError, match=words):
        theory.value(*PAIRS[0], d)


@pytest.mark.parametrize(
    "call",
    [
        theory.optimal_discriminator,
        theory.generator_cost,
        lambda p, q: theory.value(p, q, X * 0 + 0.5),
    ],
)
def test_different_grids_are_refused(call):
    with pytest.raises(CourseError, match="different grids"):
        call(theory.normal(X), theory.normal(theory.grid(-9, 9)))
