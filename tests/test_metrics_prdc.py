"""Precision, recall, density, coverage: by brute force, as published, and with ties."""

import sys

import pytest
import torch
from prdc import compute_prdc

from aigc_course.errors import CourseError
from aigc_course.metrics import PRDC, perfect_coverage, prdc


def normal(n, d=8, seed=0, shift=0.0):
    return shift + torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def four(found):
    """Precision, recall, density and coverage, without their errors."""
    return found.precision, found.recall, found.density, found.coverage


def by_definition(real, fake, k):
    """The four figures, one sentence of the definition per line, in exact float64."""

    def distance(a, b):
        return (a.double()[:, None] - b.double()[None]).square().sum(-1)

    def radius(x):
        others = distance(x, x).fill_diagonal_(torch.inf)
        return others.sort(1).values[:, k - 1]

    cross = distance(fake, real)  # [m, n]
    in_real, in_fake = cross <= radius(real), cross <= radius(fake)[:, None]
    precision, recall = in_real.any(1), in_fake.any(0)
    shares = (x.double().mean() for x in (precision, recall, in_real.any(0)))
    precision, recall, coverage = map(float, shares)
    return precision, recall, float(in_real.sum(1).double().mean() / k), coverage


@pytest.mark.parametrize("k", [1, 5])
@pytest.mark.parametrize("rows", [40, 1_000])  # in blocks, the last one short; at once
def test_it_is_the_definition(rows, k, monkeypatch):
    monkeypatch.setattr(sys.modules[prdc.__module__], "ROWS", rows)
    real, fake = normal(200), normal(150, seed=1, shift=0.3)
    assert four(prdc(real, fake, k)) == pytest.approx(by_definition(real, fake, k))


@pytest.mark.parametrize("offset", [0, 1_000])  # cancellation must not hide ties
def test_ties_on_a_lattice_are_settled_by_closed_balls(offset):
    generator = torch.Generator().manual_seed(0)
    real, fake = torch.randint(0, 4, (2, 300, 3), generator=generator).float() + offset
    assert four(prdc(real, fake)) == pytest.approx(by_definition(real, fake, 5))


@pytest.mark.parametrize("k", [1, 5])
def test_the_authors_package_says_the_same(k):
    # it takes open balls, which differ from closed ones only where there are ties
    real, fake = normal(400), normal(300, seed=1, shift=0.3)
    theirs = compute_prdc(real.double().numpy(), fake.double().numpy(), nearest_k=k)
    names = "precision", "recall", "density", "coverage"
    expected = tuple(theirs[name] for name in names)
    assert four(prdc(real, fake, k)) == pytest.approx(expected)


@pytest.mark.slow
def test_published_figures_are_reproduced():
    # Naeem et al. publish one draw of N(0, I), 1000-d, 10,000 against 10,000. Draws
    # differ because a few points near the origin lie in thousands of balls: `spread` is
    # the standard deviation over ten of ours, whose means are .480, .472, 1.03, .971.
    published = PRDC(precision=0.4772, recall=0.4705, density=1.0555, coverage=0.9735)
    spread = PRDC(precision=0.013, recall=0.007, density=0.087, coverage=0.009)
    found = prdc(normal(10_000, 1_000, seed=1), normal(10_000, 1_000, seed=2))
    for mine, theirs, sd in zip(*map(four, (found, published, spread)), strict=True):
        assert abs(mine - theirs) < 2 * sd


def test_a_set_against_itself_is_perfect():
    a = normal(300)
    found = prdc(a, a)
    assert (found.precision, found.recall, found.coverage) == (1, 1, 1)


def test_far_apart_is_zero():
    assert prdc(normal(100), normal(100, shift=100.0)) == PRDC(0, 0, 0, 0)


def test_one_mode_of_two_is_precise_and_forgets():
    real = torch.cat([normal(300), normal(300, seed=1, shift=50.0)])
    found = prdc(real, normal(600, seed=2))
    assert found.precision > 0.8
    assert found.recall <= 0.5 and found.coverage <= 0.5


def test_one_image_repeated():
    # all fakes equal a real image: inside its ball, and nothing else is recalled
    real = normal(200)
    found = prdc(real, real[:1].expand(200, -1))
    assert found.precision == 1
    assert found.recall == pytest.approx(1 / 200)


def test_duplicates_among_the_real_count_as_neighbours():
    # six copies: the fifth neighbour of each is at distance 0, its ball is the point
    point = 3 + torch.rand(1, 8)
    real = torch.cat([point.expand(6, -1), normal(100, shift=-100.0)])
    hit, missed = prdc(real, point.expand(6, -1)), prdc(real, point.expand(6, -1) + 0.1)
    assert hit.precision == 1 and hit.density == pytest.approx(6 / 5)
    assert missed.precision == 0


def test_moving_and_turning_the_space_changes_nothing():
    real, fake = normal(400), normal(400, seed=1, shift=0.5)
    turn = torch.linalg.qr(normal(8, 8, seed=3)).Q
    moved = prdc(real @ turn + 20, fake @ turn + 20)
    assert four(moved) == pytest.approx(four(prdc(real, fake)), abs=0.01)


def test_the_error_is_the_scatter_over_other_samples():
    real = normal(400)
    runs = [prdc(real, normal(300, seed=s, shift=0.2)) for s in range(1, 61)]
    for name in ("precision", "recall", "density", "coverage"):
        values = torch.tensor([getattr(run, name) for run in runs])
        errors = torch.tensor([run.errors[name] for run in runs])
        # t with 9 degrees of freedom takes 2.26 standard errors where 1.96 would do
        assert 0.8 < errors.mean() / (1.96 * values.std()) < 2.2, name


@pytest.mark.parametrize(("n", "m"), [(200, 200), (300, 60)])
def test_perfect_coverage_is_what_a_perfect_generator_gets(n, m):
    found = [
        prdc(normal(n, 3, seed=2 * s), normal(m, 3, seed=2 * s + 1)).coverage
        for s in range(40)
    ]
    values = torch.tensor(found)
    error = 4 * float(values.std()) / 40**0.5
    assert float(values.mean()) == pytest.approx(perfect_coverage(n, m), abs=error)


@pytest.mark.parametrize(
    ("real", "fake", "k", "words"),
    [
        (normal(50, 3), normal(50, 4), 5, "of the same d"),
        (normal(5), normal(50), 5, "more than k images on each side; got 5 and 50"),
        (normal(50), normal(50), 0, "k >= 1"),
        (normal(50), torch.full((50, 8), torch.inf), 5, "infinite"),
    ],
)
def test_unsuitable_sets_are_refused(real, fake, k, words):
    with pytest.raises(CourseError, match=words):
        prdc(real, fake, k)
