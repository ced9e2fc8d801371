"""FID against closed forms, against torchmetrics, and on the sets that break it."""

import math

import pytest
import torch
from torch import nn
from torchmetrics.image.fid import FrechetInceptionDistance

from aigc_course import metrics
from aigc_course.errors import CourseError
from aigc_course.metrics import Gaussian, fid, frechet


class Identity(nn.Identity):
    """Features in place of images, for torchmetrics."""

    num_features = 128


def normal(n, d=128, seed=0, shift=0.0, scale=1.0):
    generator = torch.Generator().manual_seed(seed)
    mix = torch.randn(d, d, generator=torch.Generator().manual_seed(99)) / math.sqrt(d)
    return shift + scale * torch.randn(n, d, generator=generator) @ mix


def test_equal_sets_are_at_distance_zero():
    a = normal(500)
    assert fid(a, a) == pytest.approx(0, abs=1e-6)
    assert fid(a, a.flip(0)) == pytest.approx(0, abs=1e-6)


def test_one_dimension_is_the_textbook_formula():
    # between N(m, s^2) and N(n, t^2): (m - n)^2 + (s - t)^2
    value = frechet(*(torch.tensor(x) for x in ([1.0], [[4.0]], [4.0], [[25.0]])))
    assert value == pytest.approx((1 - 4) ** 2 + (2 - 5) ** 2, rel=1e-12)


def test_commuting_covariances_have_a_closed_form():
    # S1 = Q diag(a) Q^T, S2 = Q diag(b) Q^T: |dmu|^2 + sum (sqrt a - sqrt b)^2
    torch.manual_seed(0)
    q = torch.linalg.qr(torch.randn(6, 6, dtype=torch.float64)).Q
    a, b = torch.rand(2, 6, dtype=torch.float64)
    cov1, cov2 = q @ a.diag() @ q.T, q @ b.diag() @ q.T
    mu1, mu2 = torch.randn(2, 6, dtype=torch.float64)
    exact = (mu1 - mu2).square().sum() + (a.sqrt() - b.sqrt()).square().sum()
    assert frechet(mu1, cov1, mu2, cov2) == pytest.approx(float(exact), rel=1e-12)


def test_general_covariances_agree_with_the_matrix_root():
    # tr (S1 S2)^1/2 is the sum of the roots of the eigenvalues of S1 S2
    g1, g2 = Gaussian.fit(normal(300, 8)), Gaussian.fit(normal(300, 8, 1).cumsum(1))
    roots = torch.linalg.eigvals(g1.covariance @ g2.covariance).sqrt().real.sum()
    exact = (g1.mean - g2.mean).square().sum() - 2 * roots
    exact += g1.covariance.trace() + g2.covariance.trace()
    value = frechet(g1.mean, g1.covariance, g2.mean, g2.covariance)
    assert value == pytest.approx(float(exact), rel=1e-10)


def test_the_covariance_is_that_of_all_rows():
    a = (normal(2_500, 7) + 100).requires_grad_()  # blocks of 1,000, the last one short
    found = Gaussian.fit(a)
    assert torch.allclose(found.covariance, torch.cov(a.detach().double().T))
    assert torch.allclose(found.mean, a.detach().double().mean(0))


def test_it_is_symmetric():
    a, b = normal(400), normal(300, seed=1, shift=0.3, scale=2)
    assert fid(a, b) == pytest.approx(fid(b, a), rel=1e-9)


def test_a_shift_of_the_mean_adds_its_square():
    a = normal(400)
    values = [fid(a, a + shift) for shift in (0.0, 0.1, 0.2, 0.4)]
    assert values == sorted(values)
    assert values[-1] == pytest.approx(128 * 0.4**2, rel=1e-6)


@pytest.mark.parametrize("n", [2_000, 100])  # 100 < 128: singular covariances
def test_torchmetrics_says_the_same(n):
    a, b = normal(n).relu(), normal(n, seed=1, shift=0.2, scale=1.2).relu()
    theirs = FrechetInceptionDistance(feature=Identity(), normalize=True)
    theirs.set_dtype(torch.float64)
    theirs.update(a.double(), real=True)
    theirs.update(b.double(), real=False)
    # with singular covariances their general eigenvalues are good to 1e-5 only
    rel = 1e-6 if n > 128 else 1e-4
    assert fid(a, b) == pytest.approx(float(theirs.compute()), rel=rel)


def test_fewer_images_than_features_still_gives_a_distance():
    a, b = normal(20), normal(30, seed=1)
    assert fid(a, a) == pytest.approx(0, abs=1e-5)
    assert 0 < fid(a, b) < math.inf


def test_it_is_biased_upwards_for_few_images():
    reference = normal(5_000)
    assert fid(normal(200, seed=1), reference) > 5 * fid(
        normal(5_000, seed=2), reference
    )


@pytest.mark.parametrize(
    ("features", "words"),
    [
        (torch.zeros(1, 4), "n >= 2"),
        (torch.zeros(0, 4), "n >= 2"),
        (torch.zeros(4), r"\[n, d\]"),
        (torch.full((4, 4), torch.nan), "NaN"),
    ],
)
def test_sets_without_a_gaussian_are_refused(features, words):
    with pytest.raises(CourseError, match=words):
        fid(features, normal(10, 4))


def test_unequal_widths_are_refused():
    with pytest.raises(CourseError, match=r"with one d; got \[4\]"):
        metrics.fid(normal(10, 4), normal(10, 5))
