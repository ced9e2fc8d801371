"""The monitor: its formula, its reference, and what it notices."""

import math

import pytest
import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.gan.shipped import pretrained_generator
from aigc_course.release import monitor


def test_the_cumulative_sum_is_that_of_page() -> None:
    values = [0.2, 1.5, -4.0, 2.0, 2.0]
    assert monitor.cusum(values, k=0.5) == pytest.approx([0.0, 1.0, 0.0, 1.5, 3.0])
    # Page's other form: the walk less its lowest value so far
    walk = torch.tensor([0.0, *values]) - torch.tensor([0.0, *[0.5] * 5])
    total = walk.cumsum(0)
    lowest = torch.minimum(total, torch.zeros(6)).cummin(0).values
    assert monitor.cusum(values, k=0.5) == pytest.approx((total - lowest)[1:].tolist())


@pytest.mark.parametrize("shift", [0.0, 0.5, 1.0])
def test_the_run_length_is_near_the_one_that_is_counted(shift: float) -> None:
    # Siegmund's approximation, said to be good to a few per cent for such limits
    torch.manual_seed(0)
    k, h, walks = 0.5, 3.0, 400
    sums, alive, counted = torch.zeros(walks), torch.ones(walks, dtype=torch.bool), 0
    for _ in range(3_000):
        counted += int(alive.sum())
        sums = (sums + shift + torch.randn(walks) - k).clamp(min=0)
        alive &= sums <= h
    assert not alive.any()
    assert counted / walks == pytest.approx(monitor.run_length(k, h, shift), rel=0.15)


def test_the_threshold_undoes_the_run_length() -> None:
    for length in (10.0, 1e3, 1e6, 1e12):
        h = monitor.threshold(0.5, length)
        assert monitor.run_length(0.5, h) == pytest.approx(length, rel=1e-9)
    for k, length in ((0.0, 100.0), (-1.0, 100.0), (0.5, 0.5), (0.5, math.inf)):
        with pytest.raises(CourseError, match="run length"):
            monitor.threshold(k, length)


@torch.no_grad()
def drawn(n: int, seed: int, scale: float = 1.0) -> Tensor:
    dice = torch.Generator().manual_seed(seed)
    return pretrained_generator()(scale * torch.randn(n, 64, generator=dice))


@pytest.fixture(scope="module")
def reference() -> monitor.Reference:
    return monitor.Reference.of(drawn(monitor.LEAST, 1))


@pytest.mark.slow  # 4,000 pictures: about 2 s of processor time
def test_pictures_as_they_should_be_ring_nothing(reference: monitor.Reference) -> None:
    watch = monitor.Monitor(reference)
    assert not watch.add(drawn(1_020, 2))
    assert watch.seen == 1_000  # 20 wait for the next batch
    assert not watch.add(drawn(30, 3))
    assert watch.seen == 1_050 and watch.alarm is None


@pytest.mark.slow
def test_other_latents_and_a_lost_class_are_noticed(
    reference: monitor.Reference,
) -> None:
    watch = monitor.Monitor(reference)
    assert watch.add(drawn(2_000, 4, scale=1.5))
    assert "no longer those of the reference" in (watch.alarm or "")
    some = drawn(2_500, 5)
    watch = monitor.Monitor(reference)
    assert watch.add(some[monitor.seen(some)[1] != 7][:2_000])
    assert "classes" in (watch.alarm or "")


@pytest.mark.slow
def test_it_does_not_matter_how_pictures_come(reference: monitor.Reference) -> None:
    some = drawn(300, 6)
    whole, parts = monitor.Monitor(reference), monitor.Monitor(reference)
    whole.add(some)
    for part in some.split(70):
        parts.add(part)
    assert parts.sums == pytest.approx(whole.sums, abs=1e-3)


def test_too_few_pictures_are_no_reference() -> None:
    with pytest.raises(CourseError, match="at least 4,000 pictures, not 100"):
        monitor.Reference.of(drawn(100, 1))
