"""Views: noise that fades, images that move."""

from functools import partial

import pytest
import torch

from aigc_course import gan, training
from aigc_course.errors import CourseError


@pytest.mark.parametrize(
    ("progress", "level"), [(0, 0.2), (0.25, 0.1), (0.5, 0.0), (0.9, 0.0)]
)
def test_noise_falls_on_a_straight_line(progress, level):
    noise = gan.InstanceNoise(0.2, until=0.5)
    noise.anneal(progress)
    assert noise.level == pytest.approx(level)
    training.seed_everything(0)
    x = torch.full((200, 500), 3.0)
    added = noise(x) - x
    # standard error of a standard deviation over n values: level / sqrt(2 n)
    assert float(added.std()) == pytest.approx(level, abs=5 * level / 447 + 1e-9)
    assert abs(float(added.mean())) <= 5 * level / 316


def test_noise_lets_gradients_through_and_ends_exactly():
    noise, x = gan.InstanceNoise(0.2), torch.randn(3, 2, requires_grad=True)
    noise(x).sum().backward()
    assert torch.equal(x.grad, torch.ones(3, 2))
    noise.anneal(1.0)
    assert noise(x) is x


def points_gan(view):
    return gan.GAN(gan.PointGenerator(), gan.PointDiscriminator(), augment=view)


def test_the_learner_anneals_a_view_of_its_own():
    noise = gan.InstanceNoise(0.2)
    one, two = points_gan(noise), points_gan(noise)
    one.anneal(0.5)
    assert [m.augment.level for m in (one, two)] == [0.1, 0.2]
    points_gan(torch.zeros_like).anneal(0.5)  # a view needs no anneal


@pytest.mark.parametrize(
    "bad", [(-1.0, 1.0), (0.1, 0.0), (0.1, 1.5), (float("nan"), 1)]
)
def test_noise_that_makes_no_sense_is_refused(bad):
    with pytest.raises(CourseError, match="standard deviation of at least 0"):
        gan.InstanceNoise(*bad)


def shifted(image, down, right, fill):
    """One image moved, pixel by pixel."""
    out = torch.full_like(image, fill)
    _, height, width = image.shape
    for i in range(height):
        for j in range(width):
            if 0 <= i - down < height and 0 <= j - right < width:
                out[:, i, j] = image[:, i - down, j - right]
    return out


@pytest.mark.parametrize("fill", [-1.0, 0.5])
def test_every_image_is_moved_by_whole_pixels_and_all_ways_occur(fill):
    training.seed_everything(0)
    x, ways = torch.rand(150, 2, 4, 5), [-1, 0, 1]
    moved, seen = gan.RandomTranslation(1, fill)(x), set()
    for before, after in zip(x, moved, strict=True):
        fits = [
            (down, right)
            for down in ways
            for right in ways
            if torch.equal(after, shifted(before, down, right, fill))
        ]
        assert len(fits) == 1
        seen.add(fits[0])
    # 150 draws of 9 ways: one is missing with probability 2e-7
    assert len(seen) == 9


def test_gradients_follow_the_pixels():
    training.seed_everything(0)
    x = torch.rand(20, 1, 4, 4, requires_grad=True)
    gan.RandomTranslation(1)(x).sum().backward()
    assert set(x.grad.unique().tolist()) == {
        0.0,
        1.0,
    }  # lost beyond the border, or kept
    assert torch.equal(x.grad[:, :, 1:3, 1:3], torch.ones(20, 1, 2, 2))


def test_no_pixels_is_the_image_itself():
    x = torch.rand(3, 1, 4, 4)
    assert torch.equal(gan.RandomTranslation(0)(x), x)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (partial(gan.RandomTranslation, -1), "at least 0 pixels"),
        (lambda: gan.RandomTranslation(2)(torch.zeros(3, 2)), "Only images"),
    ],
)
def test_translations_that_make_no_sense_are_refused(make, message):
    with pytest.raises(CourseError, match=message):
        make()
