"""Near-copies and class histograms."""

import pytest
import torch

from aigc_course import data, metrics
from aigc_course.errors import CourseError
from aigc_course.metrics.copies import calibrate, closeness, near_copy_rate
from aigc_course.metrics.histogram import class_histogram, total_variation


@pytest.fixture(scope="module")
def digits():
    return data.load("digits", "train").images, data.load("digits", "test").images


@pytest.fixture(scope="module")
def threshold(digits):
    train, test = digits
    return calibrate(test, train)


def test_closeness_is_its_definition(digits):
    train, test = digits[0][:80], digits[1][:3]

    def halved(images):
        blocks = images.double().reshape(-1, 14, 2, 14, 2) / 127.5
        return blocks.mean((2, 4)).flatten(1)

    distances = torch.cdist(halved(test), halved(train)).sort().values
    exact = distances[:, 0] / distances[:, :50].mean(1)
    assert torch.allclose(closeness(test, train).double(), exact, atol=1e-4)


def test_one_in_a_hundred_unseen_digits_is_flagged(digits, threshold):
    train, test = digits
    assert near_copy_rate(test, train, threshold) == pytest.approx(0.01, abs=0.005)


def test_a_copy_is_caught(digits, threshold):
    train, _ = digits
    assert near_copy_rate(train[:100], train, threshold) == 1
    assert closeness(train[:100], train).max() < 0.01


def test_a_copy_with_one_wrong_pixel_is_caught(digits, threshold):
    train, _ = digits
    copies = train[:100].clone()
    copies[:, 0, 14, 14] = 255 - copies[:, 0, 14, 14]
    assert near_copy_rate(copies, train, threshold) == 1


def test_noise_is_no_copy(digits, threshold):
    train, _ = digits
    noise = torch.randint(256, (50, 28, 28), dtype=torch.uint8)
    assert near_copy_rate(noise, train, threshold) == 0


def test_a_copy_of_an_image_that_occurs_often_is_caught(digits, threshold):
    train, _ = digits
    often = torch.cat([train[:1].expand(60, -1, -1, -1), train])  # all 50 at distance 0
    assert near_copy_rate(train[:1], often, threshold) == 1


def test_one_training_image_is_nothing_to_compare_with(digits):
    with pytest.raises(CourseError, match="at least 2"):
        closeness(digits[1], digits[0][:1])


def test_the_histogram_counts_what_the_extractor_reads(digits):
    found = metrics.features(digits[1][:60])
    counts = class_histogram(found)
    assert counts.sum() == 60
    assert counts[3] == (metrics.classify(digits[1][:60]) == 3).sum()


def test_total_variation_on_known_histograms():
    a, b = torch.tensor([1, 1, 2]), torch.tensor([4, 4, 8])
    assert total_variation(a, b) == 0
    assert total_variation(torch.tensor([3, 0]), torch.tensor([0, 9])) == 1
    c = torch.tensor([2, 1, 1])  # a quarter of the mass moves
    assert total_variation(a, c) == total_variation(c, a) == 0.25


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ([1, 2], [1, 2, 3], "the same classes"),
        ([0, 0], [1, 2], "0 or more, not all"),
        ([-1, 2], [1, 2], "0 or more"),
    ],
)
def test_other_histograms_are_refused(a, b, words):
    with pytest.raises(CourseError, match=words):
        total_variation(torch.tensor(a), torch.tensor(b))
