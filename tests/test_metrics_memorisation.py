"""Copying: ranks as SciPy has them, honest for new samples, awake to copies."""

import math

import pytest
import torch
from scipy.stats import mannwhitneyu

from aigc_course import data
from aigc_course.errors import CourseError
from aigc_course.metrics import copying
from aigc_course.metrics.copies import nearest_distances
from aigc_course.metrics.memorisation import mann_whitney


def normal(n, seed=0, d=2):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def digits():
    """Training digits, other ones and unseen ones, all of one distribution."""
    both = torch.cat([data.load("digits", s).images for s in ("train", "test")])
    order = torch.randperm(len(both), generator=torch.Generator().manual_seed(0))
    return both[order].split([1_000, 400, len(both) - 1_400])


@pytest.mark.parametrize("levels", [None, 5])  # without ties, and nothing but ties
def test_scipy_ranks_the_same(levels):
    a, b = normal(60)[:, 0] + 0.2, normal(90, seed=1)[:, 0]
    if levels:
        a, b = (a * 2).round(), (b * 2).round()
    theirs = mannwhitneyu(
        a, b, alternative="greater", method="asymptotic", use_continuity=False
    )
    z, share = mann_whitney(a, b)
    assert share == pytest.approx(float(theirs.statistic) / (60 * 90))
    assert math.erfc(z / math.sqrt(2)) / 2 == pytest.approx(float(theirs.pvalue))


def test_equal_values_have_no_order():
    assert mann_whitney(torch.ones(5), torch.ones(7)) == (0.0, 0.5)


@pytest.mark.parametrize("by", ["closeness", "distance"])
def test_new_samples_score_a_standard_normal(by):
    train = normal(400, seed=999)
    runs = [
        copying(normal(80, 2 * s), train, normal(80, 2 * s + 1), by) for s in range(100)
    ]
    z = torch.tensor([run.z for run in runs])
    assert abs(float(z.mean())) < 4 / math.sqrt(len(runs))
    assert 0.75 < float(z.std()) < 1.3  # 4 standard errors: 0.07 each
    assert sum(run.p_value < 0.05 for run in runs) <= 14  # 5 expected, sd 2.2


@pytest.mark.parametrize("by", ["closeness", "distance"])
def test_copies_are_caught(digits, by):
    train, _, unseen = digits
    found = copying(train[:300], train, unseen, by)
    assert found.nearer == 1 and found.z < -15 and found.p_value < 1e-50
    assert found.n == 300


def test_one_copy_in_five_is_seen(digits):
    train, other, unseen = digits
    assert abs(copying(other, train, unseen).z) < 3
    mixed = torch.cat([train[:80], other[80:]])
    found = copying(mixed, train, unseen)
    assert found.z < -3
    assert found.nearer == pytest.approx(0.2 + 0.8 * 0.5, abs=0.06)


def test_points_that_are_noisy_copies_are_caught():
    train = normal(300)
    noisy = train + 0.02 * normal(300, seed=5)
    assert copying(noisy, train, normal(300, seed=6)).z < -10


def test_far_away_is_the_other_sign(digits):
    train, _, unseen = digits
    noise = torch.randint(256, (100, 28, 28), dtype=torch.uint8)
    found = copying(noise, train, unseen)
    assert found.z > 10 and found.nearer == 0 and found.p_value > 0.999


def test_digits_pulled_towards_the_mean_pass_for_copies_by_distance_alone(digits):
    train, other, unseen = digits
    dull = (0.8 * other.float() + 0.2 * other.float().mean(0)).byte()
    assert copying(dull, train, unseen, "distance").z < -2
    assert copying(dull, train, unseen).z > 2


def test_small_distances_between_points_are_exact():
    train, offset = normal(100).double(), 1e-6
    found = nearest_distances(train + offset, train)
    assert torch.allclose(
        found, torch.full((100,), offset * 2**0.5).double(), rtol=0.01
    )


@pytest.mark.parametrize(
    ("samples", "train", "by", "words"),
    [
        (normal(9), normal(9), "eye", "not 'eye'"),
        (normal(9), normal(1), "closeness", "at least 2"),
        (normal(9), normal(9, d=3), "closeness", r"\[9, 2\] and \[9, 3\]"),
        (
            normal(9),
            torch.zeros(9, 28, 28),
            "closeness",
            r"compared with images.*\[9, 28, 28\]",
        ),
        (torch.full((9, 2), torch.nan), normal(9), "distance", "finite"),
        (torch.zeros(9, 20, 20), normal(9), "distance", "got shape"),
    ],
)
def test_what_is_refused(samples, train, by, words):
    with pytest.raises(CourseError, match=words):
        copying(samples, train, normal(9), by)
