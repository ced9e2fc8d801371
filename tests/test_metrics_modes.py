"""Counting modes: on samples whose answer is known."""

import math

import pytest
import torch

from aigc_course import data, metrics
from aigc_course.errors import CourseError

RING, STD = data.toy_modes("ring"), data.toy_std("ring")


@pytest.mark.parametrize("name", ["ring", "grid"])
def test_the_data_themselves(name):
    n = 2500
    found = metrics.modes(data.toy(name, n), data.toy_modes(name), data.toy_std(name))
    k = len(data.toy_modes(name))
    assert found.covered == k
    # in the plane P(|x - c| <= 3 std) = 1 - exp(-9/2); five standard errors
    inside = 1 - math.exp(-4.5)
    error = math.sqrt(inside * (1 - inside) / n)
    assert found.high_quality == pytest.approx(inside, abs=5 * error)
    # 2 n KL is about chi-squared with k - 1 degrees of freedom
    assert 2 * n * found.kl == pytest.approx(k - 1, abs=5 * math.sqrt(2 * (k - 1)))


def test_one_mode_only():
    found = metrics.modes(RING[:1].repeat(10, 1), RING, STD)
    assert (found.covered, found.high_quality) == (1, 1.0)
    assert found.kl == pytest.approx(math.log(8))


def test_all_modes_evenly():
    found = metrics.modes(RING.repeat(3, 1), RING, STD)
    assert (found.covered, found.high_quality, found.kl) == (8, 1.0, 0.0)


def test_three_standard_deviations_are_the_border():
    outwards = RING / RING.norm(dim=1, keepdim=True)
    inside, outside = (RING + factor * STD * outwards for factor in (2.99, 3.01))
    found = metrics.modes(torch.cat([inside[:5], outside[5:]]), RING, STD)
    assert (found.covered, found.high_quality) == (5, 5 / 8)
    assert found.kl == pytest.approx(0.0)  # the shares do not ask how near


def test_bad_samples_cover_nothing_but_count_for_evenness():
    found = metrics.modes(RING * 1.2, RING, STD)
    assert (found.covered, found.high_quality) == (0, 0.0)


def test_shares_by_hand():
    samples = torch.cat([RING[:1].repeat(3, 1), RING[1:2]])  # 3/4 and 1/4
    wanted = 0.75 * math.log(8 * 0.75) + 0.25 * math.log(8 * 0.25)
    assert metrics.modes(samples, RING, STD).kl == pytest.approx(wanted)


def test_any_dimension_and_a_gradient():
    centres = torch.tensor([[-1.0], [1.0]])
    samples = torch.tensor([[-1.0], [0.9]], requires_grad=True)
    assert metrics.modes(samples, centres, 0.05).covered == 2


def test_the_report_reads_well():
    assert str(metrics.ModeReport(7, 0.956, 0.12)) == (
        "7 modes covered, 95.6% of high quality, KL 0.12"
    )


@pytest.mark.parametrize(
    ("samples", "std", "words"),
    [
        (torch.zeros(4, 3), 0.1, r"\[4, 3\] and \[8, 2\]"),
        (torch.zeros(0, 2), 0.1, "at least one sample"),
        (torch.zeros(4, 2), 0.0, "positive, not 0.0"),
        (torch.full((4, 2), math.nan), 0.1, "not finite"),
    ],
)
def test_what_is_refused(samples, std, words):
    with pytest.raises(CourseError, match=words):
        metrics.modes(samples, RING, std)
