"""Stacked digits: batches, and the counting of their modes."""

import pytest
import torch

from aigc_course import data
from aigc_course.data.stacked import StackedBatches
from aigc_course.errors import CourseError
from aigc_course.metrics.stacked import stacked_modes


def digits(n: int = 20) -> torch.Tensor:
    """n images, the i-th of which has the one value i."""
    return torch.arange(n, dtype=torch.uint8).view(n, 1, 1, 1).expand(n, 1, 28, 28)


def test_every_channel_is_a_digit_of_its_own() -> None:
    batch = next(StackedBatches(digits(), 512))
    assert batch.shape == (512, 3, 28, 28) and batch.dtype == torch.float32
    values = batch[:, :, 0, 0]  # [512, 3]
    assert len(values.unique()) == 20
    # independent channels agree in one of twenty pictures, 512 / 20 = 26 +- 5
    assert 5 < int((values[:, 0] == values[:, 1]).sum()) < 50


def test_a_batch_depends_on_seed_and_step_alone() -> None:
    first, second = StackedBatches(digits(), 8, seed=3), StackedBatches(digits(), 8)
    for _ in range(3):
        next(first)
    second.load_state_dict(first.state_dict())
    assert torch.equal(next(first), next(second))
    assert not torch.equal(next(first), next(StackedBatches(digits(), 8, seed=4)))
    assert first.steps == 5 and first.per_epoch == 16_000 and first.epoch == 0


@pytest.mark.parametrize(
    ("images", "batch_size", "seed", "word"),
    [
        (torch.zeros(5, 1, 28, 28), 4, 0, "float32"),
        (torch.zeros(5, 3, 28, 28, dtype=torch.uint8), 4, 0, "shape"),
        (digits(), 0, 0, "at least 1"),
        (digits(), 4, -1, "at least 0"),
    ],
)
def test_bad_input_is_refused(
    images: torch.Tensor, batch_size: int, seed: int, word: str
) -> None:
    with pytest.raises(CourseError, match=word):
        StackedBatches(images, batch_size, seed)


def test_another_batch_size_is_not_resumed() -> None:
    with pytest.raises(CourseError, match="batches of 8"):
        StackedBatches(digits(), 4).load_state_dict(
            StackedBatches(digits(), 8).state_dict()
        )


@pytest.mark.slow
def test_real_stacks_cover_their_combinations_evenly() -> None:
    pixels = data.load("digits").images
    batch = next(StackedBatches(pixels, 3000))
    report = stacked_modes(batch)
    # 3,000 perfect draws: 1000 (1 - e^-3) = 950 combinations, KL about 999 / 6000
    assert 900 < report.covered < 980
    assert 0.12 < report.kl < 0.30


def test_one_picture_again_and_again_is_one_mode() -> None:
    pixels = data.load("digits").images
    stack = next(StackedBatches(pixels, 1)).expand(100, 3, 28, 28)
    report = stacked_modes(stack)
    assert report.covered == 1 and report.kl == pytest.approx(6.9078, abs=1e-3)
    with pytest.raises(CourseError, match="3, 28, 28"):
        stacked_modes(stack[:, :1])
