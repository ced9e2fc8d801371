"""Shares corrected for the classifier's confusion: exact cases, coverage, bad input."""

import numpy as np
import pytest
import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.intervals import share_interval
from aigc_course.metrics import shares

TRUE = torch.tensor([0.3, 0.2, 0.1, 0.1, 0.1, 0.08, 0.06, 0.03, 0.02, 0.01])


def judge(right: float = 0.97, classes: int = 10) -> Tensor:
    """Rates [true, said] of a judge that is right so often, and else says any class."""
    rates = torch.full((classes, classes), (1 - right) / (classes - 1)).double()
    return rates.fill_diagonal_(right)


def one_sided() -> Tensor:
    """Rates of a judge that reads every fifth 7 as a 1, and nothing else wrong."""
    rates = torch.eye(10).double()
    rates[7, 7], rates[7, 1] = 0.8, 0.2
    return rates


def test_confusion_counts_have_the_truth_in_their_rows() -> None:
    found, truth = torch.tensor([1, 1, 0, 2]), torch.tensor([1, 7, 0, 2])
    counts = shares.confusion_counts(found, truth)
    assert counts[7, 1] == 1 and counts[1, 7] == 0
    assert counts.sum() == 4 and counts.shape == (10, 10)


def test_what_is_counted_without_noise_gives_the_truth_back() -> None:
    for rates in (judge(), one_sided()):
        confusion = (10_000 * rates).round().long()
        exact = confusion / confusion.sum(1, keepdim=True)
        true = torch.tensor([1000] * 9 + [91_000])
        said = (true.double() @ exact.double()) * 1000
        seen = shares.corrected_shares(said.round().long(), confusion)
        assert torch.allclose(seen.estimate, true.double() / true.sum(), atol=1e-7)
        assert not torch.allclose(seen.raw, seen.estimate, atol=1e-3)


def test_a_perfect_judge_changes_nothing() -> None:
    counts = torch.tensor([50, 30, 20])
    seen = shares.corrected_shares(counts, torch.eye(3).long() * 100_000)
    assert torch.allclose(seen.estimate, seen.raw)
    for c, count in enumerate(counts.tolist()):
        low, high = share_interval(count, 100)
        assert seen.raw_low[c] == pytest.approx(low)
        assert seen.raw_high[c] == pytest.approx(high)


def test_the_estimate_sums_to_one_and_is_not_clipped() -> None:
    said = torch.tensor([0, 1000, 0, 0, 0, 0, 0, 0, 0, 0])
    seen = shares.corrected_shares(said, (1000 * judge(0.91)).long())
    assert float(seen.estimate.sum()) == pytest.approx(1)
    assert float(seen.estimate.min()) < 0
    assert (seen.low >= 0).all() and (seen.high <= 1).all()
    assert (seen.low <= seen.high).all()


def test_the_covariance_is_that_of_repeated_draws() -> None:
    random = np.random.default_rng(0)
    rates, true = judge(0.9).numpy(), TRUE.double().numpy()
    true = true / true.sum()
    found = []
    for _ in range(2000):
        confusion = np.stack([random.multinomial(300, row) for row in rates])
        said = random.multinomial(1000, true @ rates)
        found.append(shares.corrected_shares(*map(torch.from_numpy, (said, confusion))))
    spread = np.cov(np.stack([one.estimate.numpy() for one in found]).T)
    said_so = np.mean([one.covariance.numpy() for one in found], axis=0)
    # half a count is added to each cell, so that rare classes come out a little wider
    assert np.allclose(np.diag(said_so), np.diag(spread), rtol=0.15, atol=3e-6)


@pytest.mark.parametrize(
    "images, judged", [(2000, 5000), (500, 2000), (10_000, 10_000)]
)
def test_intervals_hold_the_truth_in_93_of_100(images: int, judged: int) -> None:
    seen = shares.coverage(TRUE, judge(), images, judged)
    assert seen.corrected >= 0.93
    assert seen.worst >= 0.9
    assert seen.raw < seen.corrected


def test_raw_intervals_miss_more_often_the_more_images_there_are() -> None:
    few, many = (shares.coverage(TRUE, judge(), n, 10_000).raw for n in (500, 20_000))
    assert many < few - 0.1


def test_lists_floats_and_integers_are_the_same_counts() -> None:
    confusion = (1000 * judge(0.9, 3)).long()
    first = shares.corrected_shares(torch.tensor([5, 3, 2]), confusion)
    for counts in (torch.tensor([5.0, 3, 2]), np.array([5, 3, 2]), [5, 3, 2]):
        other = shares.corrected_shares(counts, confusion)  # type: ignore[arg-type]
        assert torch.equal(other.estimate, first.estimate)


def test_it_prints_a_line_for_each_class() -> None:
    seen = shares.corrected_shares(torch.tensor([5, 3, 2]), 100 * torch.eye(3))
    assert len(str(seen).splitlines()) == 4 and "class 2: counted 20.00" in str(seen)


@pytest.mark.parametrize(
    "found, confusion, words",
    [
        ([1, 2], torch.eye(3), "same classes"),
        ([[1, 2]], torch.eye(2), "same classes"),
        ([0, 0], torch.eye(2), "No image"),
        ([1, -1], torch.eye(2), "whole numbers of 0 or more"),
        ([0.4, 0.6], torch.eye(2), "counts, not shares"),
        ([float("nan"), 1], torch.eye(2), "whole numbers"),
        ([1, 1], torch.tensor([[5, 5], [0, 0]]), "Class 1 has no labelled image"),
        ([1, 1], torch.tensor([[5, 5], [5, 5]]), "cannot tell"),
    ],
)
def test_what_does_not_fit_is_refused(
    found: list[float], confusion: Tensor, words: str
) -> None:
    with pytest.raises(CourseError, match=words):
        shares.corrected_shares(torch.tensor(found), confusion)


def test_a_level_is_a_probability() -> None:
    with pytest.raises(CourseError, match="between 0 and 1"):
        shares.corrected_shares(torch.tensor([1, 1]), torch.eye(2), 95)
    wide, narrow = (
        shares.corrected_shares(torch.tensor([50, 50]), 100 * torch.eye(2), level)
        for level in (0.99, 0.8)
    )
    assert (wide.high - wide.low > narrow.high - narrow.low).all()


def test_labels_that_do_not_fit_are_refused() -> None:
    with pytest.raises(CourseError, match="Labels are from 0 to 9"):
        shares.confusion_counts(torch.tensor([10]), torch.tensor([1]))
    with pytest.raises(CourseError, match="one for each image"):
        shares.confusion_counts(torch.tensor([1, 2]), torch.tensor([1]))
    with pytest.raises(CourseError, match="at least one"):
        empty = torch.zeros(0, dtype=torch.int64)
        shares.confusion_counts(empty, empty)


def test_coverage_refuses_what_are_no_probabilities() -> None:
    with pytest.raises(CourseError, match="sum to 1"):
        shares.coverage(2 * TRUE, judge())


def test_a_class_that_was_never_seen_has_a_small_upper_end():
    """200 images, all of one class: the others are not at "up to 79 %"."""
    counts = torch.zeros(10).long()
    counts[8] = 200
    exact = shares.corrected_shares(counts, 500 * torch.eye(10).long())
    others = torch.arange(10) != 8
    assert float(exact.high[others].max()) < 0.03
    assert float(exact.low[8]) > 0.8  # the labelled images might confuse more than seen
    confused = 485 * torch.eye(10).long() + 15 * torch.eye(10).long().roll(1, 1)
    assert float(shares.corrected_shares(counts, confused).high.sort()[0][6]) < 0.05
