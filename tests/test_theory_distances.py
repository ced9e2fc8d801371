"""Wasserstein-1 and MMD: closed forms, definitions written out, metric properties."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_course import theory
from aigc_course.errors import CourseError

X = theory.grid(-12, 12, 4001)
properties = settings(max_examples=80, deadline=None, derandomize=True)
numbers = st.lists(st.floats(-100, 100), min_size=1, max_size=12)
densities = (
    st.lists(st.sampled_from([0.0, 0.1, 0.5, 1.0]), min_size=9, max_size=9)
    .filter(any)
    .map(lambda values: theory.normalised(theory.grid(0, 4, 9), values))
)


@pytest.mark.parametrize("shift", [0.0, 0.3, 2.0, -4.0])
def test_w1_of_a_shift_is_the_shift(shift):
    p, q = theory.normal(X, -1, 0.8), theory.normal(X, -1 + shift, 0.8)
    assert theory.wasserstein1(p, q) == pytest.approx(abs(shift), abs=1e-9)


def test_w1_of_two_widths():
    """Quantiles of N(0, s^2) are s times those of N(0, 1), and E|z| = sqrt(2/pi)."""
    p, q = theory.normal(X, 0, 1), theory.normal(X, 0, 1.7)
    exact = 0.7 * math.sqrt(2 / math.pi)
    assert theory.wasserstein1(p, q) == pytest.approx(exact, rel=1e-5)


def test_w1_knows_how_far_disjoint_supports_are_apart():
    p = theory.uniform(theory.grid(0, 9, 10), 0, 1)
    for start in (2, 5, 8):
        q = theory.uniform(p.x, start, start + 1)
        assert theory.wasserstein1(p, q) == pytest.approx(start)


@properties
@given(densities, densities)
def test_w1_is_the_distance_of_quantiles(p, q):
    u = (np.arange(6_000) + 0.5) / 6_000
    quantiles = [d.x[np.searchsorted(d.cdf, u)] for d in (p, q)]
    by_quantiles = np.abs(quantiles[0] - quantiles[1]).mean()
    assert theory.wasserstein1(p, q) == pytest.approx(by_quantiles, abs=4 * 9 / 6_000)


@properties
@given(densities, densities, densities)
def test_w1_is_a_metric(p, q, r):
    far, first, second = (
        theory.wasserstein1(a, b) for a, b in ((p, r), (p, q), (q, r))
    )
    assert far <= first + second + 1e-12
    assert far == theory.wasserstein1(r, p) and theory.wasserstein1(p, p) == 0
    assert (far == 0) == np.allclose(p.p, r.p)
    assert abs(p.mean - r.mean) <= far + 1e-12  # x itself is a 1-Lipschitz critic
    # nothing moves further than the grid is wide
    assert far <= 4 * theory.total_variation(p, r) + 1e-12


@properties
@given(numbers, numbers)
def test_w1_of_samples_of_any_two_sizes(a, b):
    """Repeating each set leaves its distribution, and makes the sizes equal."""
    pairs = np.sort(np.repeat(a, len(b))) - np.sort(np.repeat(b, len(a)))
    exact = np.abs(pairs).mean()
    assert theory.wasserstein1_samples(a, b) == pytest.approx(exact, abs=1e-9)
    assert theory.wasserstein1_samples(b, a) == pytest.approx(exact, abs=1e-9)


def test_w1_of_samples_nears_that_of_densities():
    p, q = theory.normal(X), theory.mixture(X, [-2, 2], [0.5, 1])
    rng = np.random.default_rng(0)
    found = [
        theory.wasserstein1_samples(p.sample(1500, rng), q.sample(2500, rng))
        for _ in range(30)
    ]
    assert np.mean(found) == pytest.approx(theory.wasserstein1(p, q), rel=0.03)


def test_mmd_written_out():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(5, 2)), rng.normal(size=(4, 2))

    def k(x, y):
        return math.exp(-((x - y) ** 2).sum() / (2 * 0.7**2))

    exact = sum(k(a[i], a[j]) for i in range(5) for j in range(5) if i != j) / 20
    exact += sum(k(b[i], b[j]) for i in range(4) for j in range(4) if i != j) / 12
    exact -= 2 * sum(k(x, y) for x in a for y in b) / 20
    assert theory.mmd2(a, b, bandwidth=0.7) == pytest.approx(exact, rel=1e-12)


def test_mmd_is_unbiased_for_shifted_normals():
    """E k = h / sqrt(h^2 + 2) exp(-d^2 / (2 h^2 + 4)) for unit normals d apart."""
    d, h = 0.8, 1.3
    apart = h / math.sqrt(h**2 + 2)
    exact = 2 * apart * (1 - math.exp(-(d**2) / (2 * h**2 + 4)))
    rng = np.random.default_rng(0)
    found = [
        theory.mmd2(rng.normal(size=40), rng.normal(d, size=60), bandwidth=h)
        for _ in range(600)
    ]
    error = np.std(found) / math.sqrt(600)
    assert abs(np.mean(found) - exact) < 4 * error
    assert error < exact / 20  # the bar is short enough to mean something


def test_mmd_of_equal_distributions_is_zero_on_average_and_sometimes_below():
    rng = np.random.default_rng(0)
    found = [
        theory.mmd2(rng.normal(size=(30, 3)), rng.normal(size=(30, 3)))
        for _ in range(300)
    ]
    assert abs(np.mean(found)) < 4 * np.std(found) / math.sqrt(300)
    assert min(found) < 0


def test_mmd_reads_numbers_as_one_dimension():
    a, b = np.arange(5.0), np.arange(3.0)
    assert theory.mmd2(a, b) == theory.mmd2(a[:, None], b[:, None])


def test_mmd_far_from_the_origin():
    a, b = np.arange(5.0), np.arange(3.0) + 0.5
    assert theory.mmd2(a + 2**26, b + 2**26) == theory.mmd2(a, b)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: theory.wasserstein1_samples([], [1]), "line of numbers"),
        (lambda: theory.wasserstein1_samples([1], [math.nan]), "NaN"),
        (lambda: theory.wasserstein1_samples([1], [math.inf]), "infinite"),
        (lambda: theory.wasserstein1_samples(np.ones((2, 2)), [1]), r"shape \[2, 2\]"),
        (
            lambda: theory.mmd2([1], [1, 2]),
            r"at least 2 on each side; got shape \[1, 1\]",
        ),
        (lambda: theory.mmd2(np.ones((3, 2)), np.ones((3, 1))), "2 and 1 dimensions"),
        (lambda: theory.mmd2([1, 2], [1, math.nan]), "NaN"),
        (lambda: theory.mmd2([1, 2], [1, 2], bandwidth=0), "bandwidth must be above 0"),
        (
            lambda: theory.wasserstein1(
                theory.normal(X), theory.normal(theory.grid(-9, 9))
            ),
            "different grids",
        ),
    ],
)
def test_unsuitable_input_is_refused(call, words):
    with pytest.raises(CourseError, match=words):
        call()
