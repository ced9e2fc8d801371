"""Divergences against closed forms, and the inequalities that bind them together."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_course import theory
from aigc_course.errors import CourseError

X = theory.grid(-12, 12, 4001)
NORMALS = [
    ((0, 1), (1, 1)),
    ((-1, 0.5), (1, 0.7)),
    ((0, 1), (0, 1.3)),
    ((2, 1), (2, 1)),
]
ALL = {
    "kl": theory.kl,
    "reverse_kl": theory.reverse_kl,
    "jensen_shannon": theory.jensen_shannon,
    "total_variation": theory.total_variation,
    "chi_square": theory.chi_square,
    "hellinger": theory.hellinger,
}


@pytest.fixture(params=NORMALS, ids=str)
def pair(request):
    """Two normals as (mean, std) and as densities."""
    a, b = request.param
    return a, b, theory.normal(X, *a), theory.normal(X, *b)


def test_kl_of_normals(pair):
    (m, s), (n, r), p, q = pair
    exact = math.log(r / s) + (s**2 + (m - n) ** 2) / (2 * r**2) - 0.5
    assert theory.kl(p, q) == pytest.approx(exact, rel=1e-9, abs=1e-12)
    assert theory.reverse_kl(q, p) == theory.kl(p, q)


def test_hellinger_of_normals(pair):
    (m, s), (n, r), p, q = pair
    v = s**2 + r**2
    exact = 1 - math.sqrt(2 * s * r / v) * math.exp(-((m - n) ** 2) / (4 * v))
    assert theory.hellinger(p, q) == pytest.approx(exact, rel=1e-9, abs=1e-12)


def test_chi_square_of_normals(pair):
    (m, s), (n, r), p, q = pair
    v = 2 * r**2 - s**2
    exact = r**2 / (s * math.sqrt(v)) * math.exp((m - n) ** 2 / v) - 1
    assert theory.chi_square(p, q) == pytest.approx(exact, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("shift", [0.1, 1.0, 5.0])
def test_total_variation_of_shifted_normals(shift):
    p, q = theory.normal(X), theory.normal(X, shift)
    exact = math.erf(shift / (2 * math.sqrt(2)))
    assert theory.total_variation(p, q) == pytest.approx(exact, abs=1e-5)


@pytest.mark.parametrize("share", [0.25, 0.5, 1.0])
def test_uniforms_that_overlap_in_part(share):
    """Of each, `share` lies alone, where log 2p/(p+q) = log 2; elsewhere it is 0."""
    x = theory.grid(0, 199, 200)
    p, q = theory.uniform(x, 0, 99), theory.uniform(x, 100 * share, 100 * share + 99)
    assert theory.jensen_shannon(p, q) == pytest.approx(share * math.log(2))
    assert theory.total_variation(p, q) == pytest.approx(share)
    assert theory.hellinger(p, q) == pytest.approx(share)


def test_disjoint_supports_are_infinite_or_maximal_by_definition():
    p, q = theory.uniform(X, -3, -1), theory.uniform(X, 1, 3)
    assert theory.kl(p, q) == theory.reverse_kl(p, q) == math.inf
    assert theory.chi_square(p, q) == math.inf
    assert theory.jensen_shannon(p, q) == pytest.approx(math.log(2))
    assert theory.total_variation(p, q) == pytest.approx(1)
    assert theory.hellinger(p, q) == pytest.approx(1)


def test_only_missing_mass_of_q_makes_kl_infinite():
    wide, narrow = theory.uniform(X, -3, 3), theory.uniform(X, -1, 1)
    assert theory.kl(wide, narrow) == math.inf
    cells = [int((d.p > 0).sum()) for d in (wide, narrow)]
    assert theory.kl(narrow, wide) == pytest.approx(math.log(cells[0] / cells[1]))


def test_tails_beyond_float64_still_count():
    """q = N(0, 0.1^2) is 0 in float64 at 4, where p still has mass: not infinite."""
    p, q = theory.normal(X), theory.normal(X, 0, 0.1)
    assert q.p[np.abs(X - 4).argmin()] == 0
    assert theory.kl(p, q) == pytest.approx(math.log(0.1) + 50 - 0.5, rel=1e-9)


def test_small_gaps_keep_their_digits():
    """chi^2 = 2 KL = 8 H^2 = d^2 to second order in a small shift d."""
    p, q = theory.normal(X, 1e-5), theory.normal(X)
    assert theory.chi_square(p, q) == pytest.approx(1e-10, rel=1e-3)
    assert theory.hellinger(p, q) == pytest.approx(1e-10 / 8, rel=1e-3)
    assert theory.kl(p, q) == pytest.approx(1e-10 / 2, rel=1e-2)


def test_density_ratio():
    x = theory.grid(0, 3, 4)
    p = theory.normalised(x, [1, 1, 0, 0])
    q = theory.normalised(x, [1, 0, 3, 0])
    assert theory.density_ratio(p, q).tolist() == [2.0, math.inf, 0.0, 1.0]


@pytest.mark.parametrize("name", [*ALL, "density_ratio"])
def test_different_grids_are_refused(name):
    p = theory.normal(X)
    for other in (theory.grid(-12, 12, 4002), theory.grid(-11, 13, 4001)):
        with pytest.raises(CourseError, match="different grids; make both with the"):
            getattr(theory, name)(p, theory.normal(other))


GRID = theory.grid(0, 1, 8)
heights = st.lists(
    st.floats(0, 1).map(lambda v: v if v > 1e-3 else 0.0), min_size=8, max_size=8
).filter(any)
densities = heights.map(lambda values: theory.normalised(GRID, values))
properties = settings(max_examples=80, deadline=None, derandomize=True)
SLACK = 1e-9


@properties
@given(densities, densities)
def test_ranges_and_symmetry(p, q):
    for name, divergence in ALL.items():
        assert divergence(p, q) >= -SLACK, name
        assert abs(divergence(p, p)) <= SLACK, name
    for symmetric in ("jensen_shannon", "total_variation", "hellinger"):
        assert math.isclose(ALL[symmetric](p, q), ALL[symmetric](q, p), abs_tol=SLACK)
    assert theory.jensen_shannon(p, q) <= math.log(2) + SLACK
    assert theory.total_variation(p, q) <= 1 + SLACK
    assert theory.hellinger(p, q) <= 1 + SLACK


@properties
@given(densities, densities)
def test_inequalities(p, q):
    kl, tv = theory.kl(p, q), theory.total_variation(p, q)
    h2, js = theory.hellinger(p, q), theory.jensen_shannon(p, q)
    assert tv <= math.sqrt(max(kl, 0) / 2) + SLACK  # Pinsker
    assert h2 <= tv + SLACK and tv <= math.sqrt(2 * h2) + SLACK  # Le Cam
    assert kl <= math.log1p(theory.chi_square(p, q)) + SLACK  # Jensen
    assert js <= tv * math.log(2) + SLACK  # Lin 1991
    assert 2 * h2 <= kl + SLACK


@properties
@given(densities, densities, densities)
def test_triangle_inequalities(p, q, r):
    """Of TV, of Hellinger's root and of the root of JS (Endres & Schindelin 2003)."""
    for divergence, power in (
        (theory.total_variation, 1),
        (theory.hellinger, 0.5),
        (theory.jensen_shannon, 0.5),
    ):
        far, first, second = (
            max(divergence(a, b), 0) ** power for a, b in ((p, r), (p, q), (q, r))
        )
        assert far <= first + second + 1e-7


@properties
@given(densities, densities)
def test_total_variation_is_the_largest_gap_of_any_event(p, q):
    events = (np.arange(256)[:, None] >> np.arange(8)) & 1  # every subset of 8 cells
    gaps = np.abs(events @ (p.p - q.p)) * p.dx
    assert math.isclose(gaps.max(), theory.total_variation(p, q), abs_tol=SLACK)
