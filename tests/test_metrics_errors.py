"""Errors of set figures: as large as the scatter over other samples really is."""

import math
from statistics import mean, stdev

import pytest
import torch

from aigc_course import metrics
from aigc_course.metrics import errors


def normal(n, d=6, seed=0, shift=0.0):
    return shift + torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def test_groups_share_no_sample_and_leave_none_out():
    parts = errors.groups(57)
    assert len(parts) == errors.GROUPS
    assert torch.cat(parts).sort().values.tolist() == list(range(57))
    assert max(map(len, parts)) - min(map(len, parts)) == 1


def test_of_a_mean_the_jackknife_gives_the_spread_of_group_means():
    x = normal(200, 1)[:, 0].double()
    parts = errors.groups(len(x))
    left_out = [float((x.sum() - x[rows].sum()) / (200 - len(rows))) for rows in parts]
    means = torch.stack([x[rows].mean() for rows in parts])
    assert errors.jackknife(left_out) == pytest.approx(
        errors.of_parts(means.tolist()), rel=1e-9
    )


def test_a_rate_of_nought_has_an_error():
    estimate = errors.share(0.0, 2_000)
    assert estimate.value == 0 and 0 < estimate.error < 0.002


@pytest.mark.parametrize("shift", [0.0, 0.4])
@pytest.mark.parametrize("figure", ["fid", "fid_infinity", "kid"])
def test_the_error_is_the_scatter_over_other_samples(figure, shift):
    real = normal(1_000, seed=999)

    def measured(samples):
        if figure == "fid":
            return metrics.fid_estimate(samples, real)
        if figure == "fid_infinity":
            return metrics.fid_infinity(samples, real).estimate
        return metrics.kid(samples, real).estimate

    runs = [measured(normal(200, seed=s, shift=shift)) for s in range(60)]
    scatter = 1.96 * stdev(run.value for run in runs)
    ratio = mean(run.error for run in runs) / scatter
    # near its floor FID has a jackknife that is too large by sqrt(2); KID's contains
    # the scatter of the real blocks as well
    assert 0.8 < ratio < (3 if figure == "kid" else 2), ratio


def test_the_classifiers_error_is_wilsons():
    found = metrics.two_sample(normal(400), normal(400, seed=1))
    assert found.estimate.value == found.accuracy
    half = 1.96 * 0.5 / math.sqrt(found.n)
    assert found.estimate.error == pytest.approx(half, rel=0.05)


def test_one_block_of_kid_has_no_error():
    found = metrics.kid(normal(50), normal(50, seed=1), blocks=1)
    assert math.isnan(found.estimate.error)


def test_three_samples_are_too_few_for_an_error_of_infinity():
    found = metrics.fid_infinity(normal(30, 2), normal(50, 2, seed=1), sizes=(2, 30))
    assert math.isnan(found.error) and math.isfinite(found.value)


def test_every_figure_has_an_error():
    real, made = torch.rand(300, 128), torch.rand(200, 128)
    found = metrics.compare(made, real)
    names = set(vars(found)) - {"histogram", "errors"}
    assert set(found.errors) == names
    assert all(error >= 0 for error in found.errors.values())
    assert found.estimate("fid").error == found.errors["fid"] > 0
