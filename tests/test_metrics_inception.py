"""Inception score: closed forms, torchmetrics, and what it does not see."""

import math

import pytest
import torch
from torch import nn
from torchmetrics.image.inception import InceptionScore

from aigc_course import data, metrics
from aigc_course.errors import CourseError
from aigc_course.metrics import inception_score
from aigc_course.metrics.features import chances


def logits(n=400, k=10, seed=0, sharp=3.0):
    return sharp * torch.randn(n, k, generator=torch.Generator().manual_seed(seed))


def test_sure_and_varied_is_the_number_of_classes():
    assert inception_score(torch.eye(10).repeat(7, 1)) == pytest.approx(10)


def test_equal_rows_score_one_however_sure():
    assert inception_score(torch.full((5, 10), 0.1)) == pytest.approx(1)
    assert inception_score(torch.eye(10)[:1].repeat(5, 1)) == pytest.approx(1)


def test_unequal_shares_score_the_exponential_of_their_entropy():
    # all rows sure: IS = exp H(shares), here of 3/4 and 1/4
    rows = torch.eye(4)[[0, 0, 0, 1]]
    entropy = -0.75 * math.log(0.75) - 0.25 * math.log(0.25)
    assert inception_score(rows) == pytest.approx(math.exp(entropy))


def test_the_definition_written_out():
    p = logits().softmax(1).double()
    marginal = p.mean(0)
    divergences = (p * (p / marginal).log()).sum(1)  # KL of each row
    assert inception_score(p) == pytest.approx(float(divergences.mean().exp()))


@pytest.mark.filterwarnings("ignore:Metric `InceptionScore`:UserWarning")
@pytest.mark.filterwarnings("ignore:std():UserWarning")
def test_torchmetrics_says_the_same():
    theirs = InceptionScore(feature=nn.Identity(), splits=1)
    theirs.update(logits())
    value, _ = theirs.compute()
    found = inception_score(logits().softmax(1))
    assert found == pytest.approx(float(value), rel=1e-5)


def test_one_image_of_each_digit_is_all_it_takes():
    test = data.load("digits", "test")
    p = metrics.probabilities(test.images)
    firsts = [int((test.labels == c).nonzero()[0]) for c in range(10)]
    repeated = inception_score(p[firsts].repeat(30, 1))
    assert repeated > 0.9 * inception_score(p)
    noise = torch.randint(256, (100, 28, 28), dtype=torch.uint8)
    assert inception_score(metrics.probabilities(noise)) < 2


def test_probabilities_can_be_had_from_features():
    images = data.load("digits", "test").images[:20]
    from_features = chances(metrics.features(images))
    assert torch.allclose(from_features, metrics.probabilities(images), atol=1e-5)


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (torch.ones(10), r"got torch.float32 of shape \[10\]"),
        (torch.ones(0, 10), "n >= 1"),
        (torch.ones(3, 1, dtype=torch.int64), "torch.int64"),
        (logits(), "sums to 1"),
        (torch.full((3, 10), torch.nan), "sums to 1"),
        (torch.tensor([[1.5, -0.5]]), "0 or more"),
    ],
)
def test_what_is_refused(p, words):
    with pytest.raises(CourseError, match=words):
        inception_score(p)
