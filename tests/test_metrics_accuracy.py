"""Classification accuracy score: high for real digits, and it sees what is missing."""

import pytest
import torch

from aigc_course import data
from aigc_course.errors import CourseError
from aigc_course.metrics import classification_accuracy
from aigc_course.metrics.accuracy import BATCH, _batches

STEPS = 100


@pytest.fixture(scope="module")
def train():
    return data.load("digits", "train")


@pytest.fixture(scope="module")
def test():
    return data.load("digits", "test")


@pytest.fixture(scope="module")
def real(train, test):
    return accuracy(train, test)


def accuracy(train, test, labels=None, chosen=slice(None), steps=STEPS, seed=0):
    labels = train.labels if labels is None else labels
    return classification_accuracy(
        train.images[chosen], labels[chosen], test.images, test.labels, seed, steps
    )


def test_real_digits_teach_to_read_real_digits(real):
    assert real > 0.9


@pytest.mark.slow
def test_a_missing_class_costs_its_share(train, test, real):
    without_zeros = accuracy(train, test, chosen=train.labels != 0)
    share = float((test.labels == 0).double().mean())
    assert without_zeros == pytest.approx(real - share, abs=0.04)


@pytest.mark.slow
def test_wrong_labels_teach_nothing(train, test):
    assert accuracy(train, test, labels=(train.labels + 1) % 10) < 0.1


@pytest.mark.slow
def test_one_image_of_each_digit_teaches_little(train, test):
    firsts = [int((train.labels == c).nonzero()[0]) for c in range(10)]
    assert accuracy(train, test, chosen=firsts * 30) < 0.75


@pytest.mark.slow
def test_the_seed_decides_and_the_random_state_stays(train, test):
    state = torch.get_rng_state()
    found = [accuracy(train, test, steps=25, seed=seed) for seed in (1, 1, 2)]
    assert found[0] == found[1] != found[2]
    assert torch.equal(torch.get_rng_state(), state)


def test_floats_and_arrays_are_taken(train, test):
    floats = data.to_float(train.images)
    found = classification_accuracy(
        floats.numpy(), train.labels.numpy(), test.images, test.labels, steps=25
    )
    assert found == accuracy(train, test, steps=25)


def test_every_image_comes_once_before_any_comes_again():
    drawn = torch.cat(list(_batches(100, seed=0, steps=25)))
    assert len(drawn) == 25 * BATCH == 16 * 100
    for epoch in drawn.split(100):
        assert torch.equal(epoch.sort().values, torch.arange(100))


def test_fewer_images_than_a_batch(train, test):
    assert 0 <= accuracy(train, test, chosen=slice(5), steps=2) <= 1


@pytest.mark.parametrize(
    ("labels", "steps", "words"),
    [
        (torch.zeros(3, dtype=torch.int64), 1, "4 images need 4 labels"),
        (torch.zeros(4), 1, "whole numbers from 0 to 9; got torch.float32"),
        (torch.tensor([0, 1, 2, 10]), 1, "run from 0 to 10"),
        (torch.tensor([-1, 1, 2, 3]), 1, "run from -1 to 3"),
        (torch.zeros(4, dtype=torch.int64), 0, "at least one step"),
    ],
)
def test_what_is_refused(labels, steps, words, test):
    images = test.images[:4]
    with pytest.raises(CourseError, match=words):
        classification_accuracy(images, labels, images, test.labels[:4], steps=steps)
