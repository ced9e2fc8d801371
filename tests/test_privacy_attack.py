"""The membership attack by likelihood ratios, and copies found without the data."""

import math

import pytest
import torch
from scipy.stats import norm

from aigc_course import data, privacy
from aigc_course.errors import CourseError


def test_each_example_is_in_half_of_the_models():
    member = privacy.halves(16, 500, torch.Generator().manual_seed(0))
    assert member.shape == (16, 500) and bool((member.sum(0) == 8).all())
    assert not bool((member[0] == member[1]).all())


def test_the_ratio_is_that_of_two_normals():
    chance = torch.Generator().manual_seed(0)
    member = privacy.halves(200, 50, chance)
    level = torch.randn(50, generator=chance) * 10
    noise = torch.randn(200, 50, generator=chance, dtype=torch.float64)
    scores = level + torch.where(member, 2.0 + 0.5 * noise, noise)
    score = level.double() + 1.3
    found = privacy.likelihood_ratio(score, scores, member)
    exact = norm.logpdf(1.3, 2.0, 0.5) - norm.logpdf(1.3, 0.0, 1.0)
    assert float(found.mean()) == pytest.approx(exact, abs=0.05)
    # a level of one's own changes nothing
    again = privacy.likelihood_ratio(score + 7, scores + 7, member)
    assert torch.allclose(found, again)


def test_the_rate_at_a_false_positive_rate():
    strangers = torch.arange(100.0)
    assert privacy.tpr_at(torch.tensor([98.5, 97.0, 120.0]), strangers) == 2 / 3
    assert privacy.tpr_at(torch.arange(100.0), strangers, 0.05) == 0.05
    assert privacy.tpr_at(torch.full((10,), 3.0), torch.full((100,), 3.0)) == 0.0


def test_the_curve_goes_from_corner_to_corner_and_never_falls():
    chance = torch.Generator().manual_seed(0)
    members, strangers = torch.randn(2, 300, generator=chance)
    false, true = privacy.roc(members + 1, strangers)
    assert (false[0], true[0]) == (0, 0) and (false[-1], true[-1]) == (1, 1)
    assert bool((false.diff() >= 0).all() and (true.diff() >= 0).all())
    area = float(torch.trapezoid(true, false))
    assert area == pytest.approx(norm.cdf(1 / math.sqrt(2)), abs=0.04)
    at = privacy.tpr_at(members + 1, strangers, 0.1)
    assert at == pytest.approx(float(true[false <= 0.1].max()))


def test_the_ratio_finds_members_where_a_score_alone_does_not():
    """Examples that differ in difficulty hide what membership adds to the score."""
    chance = torch.Generator().manual_seed(0)
    member = privacy.halves(16, 2000, chance)
    noise = torch.randn(16, 2000, generator=chance)
    scores = 3 * torch.randn(2000, generator=chance) + 0.3 * noise + 0.6 * member
    inside = member[0]
    ratio = privacy.likelihood_ratio(scores[0], scores[1:], member[1:])
    attacked = privacy.tpr_at(ratio[inside], ratio[~inside])
    plain = privacy.tpr_at(scores[0][inside], scores[0][~inside])
    assert plain < 0.05 < 0.2 < attacked


def test_shadow_models_are_the_same_every_time_and_differ_from_each_other():
    images = data.to_float(data.subset(data.load("digits"), 40, 0).images)
    member = privacy.halves(4, 40, torch.Generator().manual_seed(0))
    first = privacy.train_shadows(images, member, steps=2, batch_size=8)
    again = privacy.train_shadows(images, member, steps=2, batch_size=8)
    assert torch.equal(first.scores, again.scores)
    assert first.scores.shape == (4, 40) and bool((first.scores <= 0).all())
    assert not torch.allclose(first.scores[0], first.scores[1])


def test_a_picture_that_is_given_again_and_again_is_found():
    chance = torch.Generator().manual_seed(0)
    new = torch.randn(60, 1, 28, 28, generator=chance)
    same = new[:1] + 0.01 * torch.randn(5, 1, 28, 28, generator=chance)
    found = privacy.repeated(torch.cat([new[1:], same]), within=0.1)
    assert found.tolist() == [False] * 59 + [True] * 5


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: privacy.halves(3, 10), "even and at least 4"),
        (lambda: privacy.halves(2, 10), "even and at least 4"),
        (
            lambda: privacy.likelihood_ratio(
                torch.zeros(3), torch.zeros(4, 3), torch.ones(4, 3).bool()
            ),
            "two models",
        ),
        (
            lambda: privacy.likelihood_ratio(
                torch.zeros(2), torch.zeros(4, 3), torch.ones(4, 3).bool()
            ),
            "one shape",
        ),
        (lambda: privacy.tpr_at(torch.ones(5), torch.ones(50)), "at least 100"),
        (lambda: privacy.tpr_at(torch.ones(5), torch.ones(50), 0.0), "between 0"),
        (lambda: privacy.repeated(torch.ones(4, 2), 0.0), "above 0"),
        (
            lambda: privacy.train_shadows(
                torch.zeros(4, 1, 28, 28), torch.zeros(3, 4).bool()
            ),
            "at least one in each row",
        ),
    ],
)
def test_bad_input_is_refused(wrong, says):
    with pytest.raises(CourseError, match=says):
        wrong()
