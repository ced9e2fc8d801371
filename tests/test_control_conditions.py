"""Rows of conditions: what a request becomes, and what a model is given."""

import pytest
import torch

from aigc_course import control, data, gan, metrics, training
from aigc_course.control import Request
from aigc_course.errors import CourseError


@pytest.fixture(scope="module")
def digits():
    return data.load("digits")


@pytest.fixture(scope="module")
def conditions(digits):
    return control.Conditions.of(digits)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_rows_are_marks_and_standardised_numbers(conditions):
    y, table = conditions.labels, conditions.table
    rows = conditions.rows(y, table)
    assert rows.shape == (len(y), 12) and rows.dtype == torch.float32
    assert torch.equal(rows[:, :10].argmax(1), y) and (rows[:, :10].sum(1) == 1).all()
    assert torch.allclose(rows[:, 10:].mean(0), torch.zeros(2), atol=1e-4)
    assert torch.allclose(rows[:, 10:].std(0), torch.ones(2), atol=1e-4)


def test_each_image_comes_with_its_own_row(digits, conditions):
    images, rows = next(conditions.batches(digits, 16, seed=3))
    seen = control.measure(images).table("thickness", "slant")
    back = rows[:, 10:] * conditions.std + conditions.mean
    assert torch.allclose(back, seen, atol=1e-3)


def test_what_is_asked_is_in_every_row_and_the_rest_is_usual(conditions):
    rows = conditions.asked(Request(40, 7, thickness=3.0), seeded())
    assert (rows[:, :10].argmax(1) == 7).all()
    back = rows[:, 10:] * conditions.std + conditions.mean
    assert torch.allclose(back[:, 0], torch.full((40,), 3.0), atol=1e-4)
    sevens = conditions.table[conditions.labels == 7, 1]
    nearest = (back[:, 1:] - sevens[None]).abs().amin(1)
    assert nearest.max() < 1e-5 and len(back[:, 1].unique()) > 10
    again = conditions.asked(Request(40, 7, thickness=3.0), seeded())
    assert torch.equal(rows, again)


def test_a_request_is_drawn_by_a_model_of_these_rows(conditions):
    training.seed_everything(0)
    G = gan.ConditionalGenerator(attributes=2, width=2)
    D = gan.DISCRIMINATORS["auxiliary"](attributes=2, width=2)
    model = gan.ConditionalGAN(G, D)
    request = control.parse("three thick sevens")
    images = control.draw(model, conditions, request, seeded())
    assert images.shape == (3, 1, 28, 28)
    assert torch.equal(images, control.draw(model, conditions, request, seeded()))


def test_what_does_not_fit_is_refused(digits, conditions):
    y = torch.tensor([1, 2])
    with pytest.raises(CourseError, match=r"\[2, 2\] of thickness and slant"):
        conditions.rows(y, torch.zeros(2, 3))
    with pytest.raises(CourseError, match="from 0 to 9"):
        conditions.rows(torch.tensor([1, 10]), torch.zeros(2, 2))
    no_nines = control.Conditions(
        *(
            part[conditions.labels < 9]
            for part in (conditions.labels, conditions.table)
        ),
        conditions.mean,
        conditions.std,
    )
    with pytest.raises(CourseError, match="shows a 9"):
        no_nines.asked(Request(2, 9))
    with pytest.raises(CourseError, match="measured on"):
        no_nines.batches(digits)


def test_label_accuracy_is_the_share_read_as_asked(digits):
    real = data.load("digits", "test")
    images, labels = real.images[:200], real.labels[:200]
    share = metrics.label_accuracy(images, labels)
    assert share > 0.9  # a reader of MNIST in front of other digits
    assert share == float((metrics.classify(images) == labels).double().mean())
    wrong = (labels + 1) % 10
    assert metrics.label_accuracy(images, wrong) < 0.1


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (torch.tensor([1, 2]), "one for each image"),
        (torch.tensor([1, 2, 11]), "from 0 to 9"),
        (torch.tensor([1.0, 2.0, 3.0]), "whole numbers"),
        (None, "needs the labels|with labels"),
    ],
)
def test_labels_that_do_not_fit_are_refused(digits, labels, words):
    with pytest.raises(CourseError, match=words):
        metrics.label_accuracy(digits.images[:3], labels)
