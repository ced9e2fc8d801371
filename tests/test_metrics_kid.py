"""KID against torchmetrics, its lack of bias, and an error bar that tells the truth."""

import math

import pytest
import torch
from torch import nn
from torchmetrics.image.kid import KernelInceptionDistance

from aigc_course.errors import CourseError
from aigc_course.metrics import kid


def normal(n, d=16, seed=0, shift=0.0):
    return shift + torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


@pytest.mark.filterwarnings("ignore:Metric `Kernel Inception Distance`:UserWarning")
def test_torchmetrics_says_the_same():
    a, b = normal(300).relu(), normal(300, seed=1, shift=0.3).relu()
    theirs = KernelInceptionDistance(feature=nn.Identity(), subsets=1, subset_size=300)
    theirs.update(a, real=True)
    theirs.update(b, real=False)
    value, _ = theirs.compute()
    assert kid(a, b, blocks=1).value == pytest.approx(float(value), rel=1e-3)


def test_the_definition_written_out():
    a, b = normal(5, 3), normal(4, 3, seed=1)

    def k(x, y):
        return (float(x @ y) / 3 + 1) ** 3

    exact = sum(k(a[i], a[j]) for i in range(5) for j in range(5) if i != j) / 20
    exact += sum(k(b[i], b[j]) for i in range(4) for j in range(4) if i != j) / 12
    exact -= 2 * sum(k(x, y) for x in a for y in b) / 20
    assert kid(a, b, blocks=1).value == pytest.approx(exact, rel=1e-5)


def test_one_block_has_no_error_bar():
    assert math.isnan(kid(normal(50), normal(50, seed=1), blocks=1).standard_error)


def test_equal_distributions_score_zero_within_an_honest_error_bar():
    runs = [
        kid(normal(400, seed=2 * s), normal(300, seed=2 * s + 1)) for s in range(60)
    ]
    z = torch.tensor([run.value / run.standard_error for run in runs])
    assert abs(float(z.mean())) < 0.5  # unbiased: sd of this mean is 0.15
    assert 0.7 < float(z.std()) < 1.7  # Student's t with 9 degrees of freedom: 1.13


def test_its_mean_does_not_depend_on_n():
    small, large = (
        torch.tensor(
            [
                kid(normal(n, seed=s), normal(n, seed=s + 50, shift=0.2)).value
                for s in range(20)
            ]
        )
        for n in (60, 600)
    )
    error = math.hypot(*(float(x.std()) / math.sqrt(20) for x in (small, large)))
    assert abs(float(small.mean() - large.mean())) < 4 * error


def test_it_grows_with_a_shift():
    values = [
        kid(normal(500), normal(500, seed=1, shift=s)).value for s in (0, 0.2, 0.5)
    ]
    assert values == sorted(values) and values[1] > 3 * abs(values[0])


def test_sorted_sets_are_shuffled_first():
    a, b = normal(500), normal(500, seed=1)
    value = kid(a[a[:, 0].argsort()], b[b[:, 0].argsort(descending=True)])
    # otherwise each part of a would be compared with another end of b
    assert value.standard_error < 3 * kid(a, b).standard_error


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        (normal(50, 3), normal(50, 4), "of the same d"),
        (normal(19), normal(50), "at least 20 images on each side; got 19 and 50"),
        (normal(50), torch.full((50, 16), torch.nan), "NaN"),
    ],
)
def test_unsuitable_sets_are_refused(a, b, words):
    with pytest.raises(CourseError, match=words):
        kid(a, b)
