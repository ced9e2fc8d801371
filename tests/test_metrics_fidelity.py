"""PSNR and SSIM: as they are defined, and as torchmetrics has them where it agrees."""

import math

import pytest
import torch
from torch.nn.functional import conv2d
from torchmetrics.functional.image import peak_signal_noise_ratio

from aigc_course import data
from aigc_course.errors import CourseError
from aigc_course.metrics import psnr, ssim


@pytest.fixture(scope="module")
def pair():
    """Digits, and the same with noise, clipped: float [12, 1, 28, 28]."""
    clean = data.to_float(data.load("digits", "test").images[:12])
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))
    scale = torch.linspace(0.05, 1, len(clean)).view(-1, 1, 1, 1)
    return (clean + scale * noise).clamp(-1, 1), clean


def test_psnr_as_torchmetrics_has_it(pair):
    noisy, clean = pair
    theirs = peak_signal_noise_ratio(
        noisy, clean, data_range=2.0, reduction="none", dim=(1, 2, 3)
    )
    torch.testing.assert_close(psnr(noisy, clean).each.float(), theirs)


def test_ssim_is_the_papers_formula(pair):
    x, r = (part.double() + 1 for part in pair)
    weights = torch.exp(-torch.arange(-5, 6).double().square() / (2 * 1.5**2))
    window = torch.outer(weights, weights) / weights.sum() ** 2

    def within(values):  # weighted means of all 11 x 11 windows: [N, 1, 18, 18]
        return conv2d(values, window[None, None])

    mx, mr = within(x), within(r)
    vx, vr = within(x * x) - mx**2, within(r * r) - mr**2
    both = within(x * r) - mx * mr
    c1, c2 = 0.02**2, 0.06**2
    scores = (2 * mx * mr + c1) * (2 * both + c2)
    scores /= (mx**2 + mr**2 + c1) * (vx + vr + c2)
    torch.testing.assert_close(ssim(*pair).each, scores.mean((1, 2, 3)))


def test_ssim_of_flat_images_is_its_first_bracket():
    a, b = torch.full((1, 28, 28), -0.5), torch.full((1, 28, 28), 0.25)
    c1 = (0.01 * 2) ** 2
    by_hand = (2 * 0.5 * 1.25 + c1) / (0.5**2 + 1.25**2 + c1)  # no variance anywhere
    assert ssim(a, b).mean == pytest.approx(by_hand, abs=1e-9)


def test_twice_the_error_costs_six_decibels(pair):
    grey = torch.zeros(3, 1, 28, 28)
    noise = torch.rand(grey.shape, generator=torch.Generator().manual_seed(1)) / 2
    fall = psnr(grey + noise, grey).each - psnr(grey + 2 * noise, grey).each
    torch.testing.assert_close(fall, torch.full_like(fall, 20 * math.log10(2)))


def test_bytes_and_floats_score_the_same(pair):
    noisy, clean = (data.to_uint8(part) for part in pair)
    by_hand = (noisy.double() - clean.double()).square().mean((1, 2, 3))
    found = psnr(noisy, clean).each
    wanted = 10 * torch.log10(255**2 / by_hand)
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=0)
    assert torch.equal(found, psnr(data.to_float(noisy), clean).each)


def test_equal_images_are_the_best_there_is(pair):
    _, clean = pair
    assert psnr(clean, clean).mean == math.inf
    assert ssim(clean, clean).mean == 1.0


def test_more_noise_is_worse_and_order_does_not_matter(pair):
    noisy, clean = pair
    for score in (psnr, ssim):
        each = score(noisy, clean).each
        assert float(each[0]) > float(each[5]) > float(each[11])
        torch.testing.assert_close(each, score(clean, noisy).each)


def test_mean_and_standard_error(pair):
    scores = psnr(*pair)
    assert scores.each.shape == (12,)
    assert scores.mean == pytest.approx(float(scores.each.mean()))
    assert scores.error == pytest.approx(float(scores.each.std()) / math.sqrt(12))
    assert math.isnan(psnr(pair[0][:1], pair[1][:1]).error)


@pytest.mark.parametrize("score", [psnr, ssim])
def test_refusals(score, pair):
    noisy, clean = pair
    with pytest.raises(CourseError, match="12 images do not fit 11 references"):
        score(noisy, clean[:11])
    with pytest.raises(CourseError, match=r"got values in \[-2, 2\]"):
        score(2 * clean, clean)
    with pytest.raises(CourseError, match="got shape"):
        score(clean[..., :14], clean)
    with pytest.raises(CourseError, match="NaN"):
        score(clean * float("nan"), clean)
