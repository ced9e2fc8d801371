"""Densities on a grid: what they must be, what they say, how they are made."""

import math
import subprocess
import sys

import numpy as np
import pytest
import torch

from aigc_course import theory
from aigc_course.errors import CourseError

X = theory.grid(-8, 8)


def test_moments_of_a_normal():
    p = theory.normal(X, mean=0.7, std=0.9)
    assert math.isclose(p.mean, 0.7, rel_tol=1e-9)
    assert math.isclose(p.std, 0.9, rel_tol=1e-9)
    assert math.isclose(p.expect(X**4), 0.7**4 + 6 * 0.7**2 * 0.81 + 3 * 0.81**2)


def test_a_normal_has_its_formula_even_where_float64_ends():
    p = theory.normal(X, mean=1, std=0.1)
    formula = -((X - 1) ** 2) / 0.02 - math.log(0.1 * math.sqrt(2 * math.pi))
    assert p.p.min() == 0  # exp(-4050) is 0 in float64
    assert np.allclose(p.logs, formula, rtol=0, atol=1e-9)
    assert np.allclose(p.p, np.exp(formula), rtol=1e-9)


def test_a_mixture_is_the_weighted_sum():
    parts = [theory.normal(X, -2, 0.5), theory.normal(X, 1, 1)]
    mixed = theory.mixture(X, [-2, 1], [0.5, 1], [0.25, 0.75])
    assert np.allclose(mixed.p, 0.25 * parts[0].p + 0.75 * parts[1].p, atol=1e-12)
    even = theory.mixture(X, [-2, 1], [0.5, 1])
    assert np.allclose(even.p, (parts[0].p + parts[1].p) / 2, atol=1e-12)
    assert np.allclose(theory.mixture(X, [-2, 1], [0.5, 1], [0, 1]).p, parts[1].p)


def test_a_uniform_is_flat_and_includes_its_ends():
    x = theory.grid(0, 4, 5)
    assert theory.uniform(x, 1, 3).p.tolist() == [0, 1 / 3, 1 / 3, 1 / 3, 0]


def test_a_cut_density_sums_to_one_on_its_grid():
    half = theory.normal(theory.grid(0, 8))  # cells around 0 .. 8: half and a little
    assert math.isclose(half.p.sum() * half.dx, 1)
    assert half.mean == pytest.approx(math.sqrt(2 / math.pi), rel=0.01)


def test_normalised_divides_by_the_sum():
    p = theory.normalised([0.0, 0.5, 1.0], [1, 2, 1])
    assert p.p.tolist() == [0.5, 1.0, 0.5]
    huge = theory.normalised([0.0, 0.5, 1.0], [1e308, 1e308, 1e308])
    assert np.allclose(huge.p, 2 / 3)


def test_the_cumulative_mass():
    p = theory.normal(X)
    exact = [(1 + math.erf((x + p.dx / 2) / math.sqrt(2))) / 2 for x in X]
    assert np.allclose(p.cdf, exact, atol=1e-6)
    assert p.cdf[-1] == 1 and (np.diff(p.cdf) >= 0).all()


def test_samples_follow_the_density():
    p = theory.mixture(X, [-2, 2], [0.3, 1], [0.3, 0.7])
    draws = np.sort(p.sample(20_000, np.random.default_rng(0)))
    ranks = (np.arange(20_000) + 0.5) / 20_000
    gap = np.abs(np.interp(draws, X + p.dx / 2, p.cdf) - ranks).max()
    assert gap < 1.63 / math.sqrt(20_000)  # Kolmogorov's 1 % bound


def test_samples_never_fall_where_there_is_no_mass():
    p = theory.normalised([0.0, 1.0, 2.0, 3.0], [0, 1, 0, 1])
    cells = np.rint(p.sample(1000, np.random.default_rng(0)))
    assert set(cells) == {1.0, 3.0}

    class Zeros:
        def random(self, n):
            return np.zeros(n)

    assert p.sample(1, Zeros()) == [0.5]  # the left edge of the first cell with mass


def test_the_same_generator_state_draws_the_same():
    p = theory.normal(X)
    first, second = (p.sample(5, np.random.default_rng(3)) for _ in range(2))
    assert first.tolist() == second.tolist() and first.dtype == np.float64


def test_a_histogram_counts_by_cell_and_loses_nothing():
    x = theory.grid(0, 2, 3)
    found = theory.from_samples(x, [-9, 0.4, 0.6, 1.4, 2.4, 99])
    assert np.allclose(found.p, [2 / 6, 2 / 6, 2 / 6])
    assert np.allclose(theory.from_samples(x, torch.ones(4, 1)).p, [0, 1, 0])


def test_a_histogram_of_many_samples_is_near_their_density():
    x = theory.grid(-6, 6, 61)
    draws = np.random.default_rng(0).normal(size=100_000)
    found, exact = theory.from_samples(x, draws), theory.normal(x)
    # standard error of a cell: sqrt(p / (n dx))
    error = np.sqrt(exact.p / (100_000 * exact.dx)) + 1e-4
    assert (np.abs(found.p - exact.p) < 4.5 * error).all()


def test_what_weighs_nothing_does_not_count():
    p = theory.normalised([0.0, 1.0, 2.0], [1, 1, 0])
    assert p.expect(np.array([1.0, 2.0, np.inf])) == 1.5
    assert p.expect(np.array([1.0, 2.0, np.nan])) == 1.5
    assert p.expect(np.array([1.0, np.inf, 0.0])) == np.inf


def test_it_introduces_itself_in_a_line():
    p = theory.normal(X, 0.5, 2)
    assert repr(p) == "Density(2001 points from -8 to 8, mean 0.499, std 2)"


def test_a_density_cannot_be_changed_behind_its_back():
    x, values = theory.grid(0, 1, 2), np.array([0.5, 0.5])
    p = theory.Density(x, values)
    values[0] = 7
    assert p.p[0] == 0.5
    with pytest.raises(ValueError, match="read-only"):
        p.p[0] = 7


@pytest.mark.parametrize(
    ("x", "p", "words"),
    [
        ([0, 1, 2], [0.5, -0.5, 1], "must not be negative; the least is -0.5"),
        ([0, 1, 2], [0.5, 0.5, 1], "sums to 2, not to 1"),
        ([0, 1, 2], [0.5, np.nan, 0.5], "NaN"),
        ([0, 1, 2], [0.5, np.inf, 0.5], "infinite"),
        ([0, 1, 3], [0.5, 0.5, 0], "rise in even steps"),
        ([2, 1, 0], [0.5, 0.5, 0], "rise in even steps"),
        ([0, 0, 0], [0.5, 0.5, 0], "rise in even steps"),
        ([0, 1], [0.5, 0.5, 0], "grid has 2 points, the density 3"),
        ([0], [1], "at least 2 points"),
        ([0, 1], [[0.5, 0.5]], r"line of numbers \[n\]; got shape \[1, 2\]"),
        ([0, 1], ["a", "b"], "must be real numbers"),
        ([0, 1], torch.full((2,), 0.5, requires_grad=True), "detach"),
    ],
)
def test_what_is_no_density_is_refused(x, p, words):
    with pytest.raises(CourseError, match=words):
        theory.Density(x, p)


def test_logarithms_must_be_those_of_the_density():
    with pytest.raises(CourseError, match="not the logarithm"):
        theory.Density(theory.grid(0, 1, 2), np.array([0.5, 0.5]), np.array([0.0, 0.0]))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: theory.grid(1, 1), "larger high"),
        (lambda: theory.grid(0, 1, 1), "at least 2 points"),
        (lambda: theory.normal([0.0]), "at least 2 points"),
        (lambda: theory.uniform([0.0, 1.0, 3.0], 0, 1), "even steps"),
        (lambda: theory.normal(X, std=0), "std must be above 0; got 0"),
        (lambda: theory.normal(X, mean=30), "sums to .*wider grid"),
        (lambda: theory.normal(X, std=1e-5), "finer one"),
        (lambda: theory.normal(X, mean=math.nan), "means contain NaN"),
        (lambda: theory.mixture(X, [0, 1], [1]), "as many stds"),
        (lambda: theory.mixture(X, [], []), "means must be a line of numbers"),
        (lambda: theory.mixture(X, [0, 1], [1, 1], [0.5, 0.6]), "sum to 1"),
        (lambda: theory.mixture(X, [0, 1], [1, 1], [1.5, -0.5]), "at least 0"),
        (lambda: theory.uniform(X, 9, 10), "No point of the grid"),
        (lambda: theory.normalised(X, 0 * X), "nothing to normalise"),
        (lambda: theory.normalised(X, X), "must not be negative"),
        (lambda: theory.normalised(X, X[1:] ** 2), "2001 points, the values 2000"),
        (lambda: theory.from_samples(X, [0, math.nan]), "NaN"),
        (lambda: theory.from_samples(X, []), "line of numbers"),
        (lambda: theory.normal(X).expect(X[1:]), "shape"),
        (lambda: theory.normal(X).expect(X * math.nan), "NaN where the density"),
    ],
)
def test_unsuitable_requests_are_refused(make, words):
    with pytest.raises(CourseError, match=words):
        make()


def test_theory_needs_neither_torch_nor_anything_else_heavy():
    code = (
        "import sys; from aigc_course import theory; theory.TinyGAN;"
        "print([m for m in ('torch', 'scipy', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_every_public_name_is_there_and_documented():
    for name in theory.__all__:
        assert getattr(theory, name) is not None
        if callable(getattr(theory, name)):
            assert getattr(theory, name).__doc__, name
