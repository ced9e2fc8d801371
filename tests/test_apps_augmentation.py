"""Few labels, and what is put beside them."""

import pytest
import torch

from aigc_course import apps, data, training
from aigc_course.apps import augmentation
from aigc_course.errors import CourseError


def digits():
    return data.load("digits")


def test_augmented_digits_are_the_same_digits_moved():
    training.seed_everything(0)
    x = data.to_float(digits().images[:200])
    moved = augmentation.augment(x)
    assert moved.shape == x.shape and bool((moved.abs() <= 1.0001).all())
    ink, before = (moved + 1).sum((1, 2, 3)), (x + 1).sum((1, 2, 3))
    assert (ink / before).mean() == pytest.approx(1.0, abs=0.06)
    assert (moved - x).abs().mean() > 0.05
    places = torch.arange(28.0)
    columns = [
        ((p + 1).sum((1, 2)) * places).sum(1) / (p + 1).sum((1, 2, 3))
        for p in (x, moved)
    ]
    shift = columns[1] - columns[0]
    assert shift.abs().max() < 4 and shift.std() > 0.7  # uniform 2.24: 1.29 and more


def test_few_labels_have_all_classes_and_come_from_their_seed():
    some = augmentation.few(digits(), 53, seed=1)
    assert len(some) == 53
    counts = some.labels.bincount(minlength=10).tolist()
    assert counts == [6, 6, 6] + [5] * 7
    assert torch.equal(some.images, augmentation.few(digits(), 53, seed=1).images)
    assert not torch.equal(some.images, augmentation.few(digits(), 53, seed=2).images)
    for n in (9, 1_500):
        with pytest.raises(CourseError, match="10 classes: from 10"):
            augmentation.few(digits(), n)


def shown(monkeypatch, **words):
    """The first batch that the reader is shown."""
    batches = []

    def step(self, batch):
        batches.append(batch)
        return {"loss": torch.zeros(())}

    monkeypatch.setattr(augmentation.DigitClassifier, "step", step)
    some = augmentation.few(digits(), 20)
    augmentation.learn(some, steps=2, batch_size=32, **words)
    return some, batches


def test_batches_are_full_however_few_the_images(monkeypatch):
    some, batches = shown(monkeypatch)
    images, labels = batches[0]
    assert images.shape == (32, 1, 28, 28) and labels.shape == (32,)
    known = data.to_float(some.images).flatten(1)
    assert bool((torch.cdist(images.flatten(1), known).amin(1) < 0.1).all())


def test_the_share_of_extra_images_is_as_asked(monkeypatch):
    white = torch.ones(5, 1, 28, 28), torch.full((5,), 3)
    _, batches = shown(monkeypatch, extra=white, share=0.25)
    images, labels = batches[0]
    extra = images.flatten(1).amin(1) == 1
    assert int(extra.sum()) == 8 and bool((labels[extra] == 3).all())
    with pytest.raises(CourseError, match="between 0 and 1"):
        shown(monkeypatch, share=1.0)


def test_it_learns_and_the_seed_decides():
    some = augmentation.few(digits(), 100)
    one, two = (
        augmentation.learn(some, steps=25, batch_size=32, lr=3e-3, ema=None)
        for _ in range(2)
    )
    x, y = data.to_float(some.images), some.labels
    assert one.accuracy(x, y) == two.accuracy(x, y) > 0.25


def test_class_gaussians_have_the_mean_and_the_covariance_of_their_class():
    chance = torch.Generator().manual_seed(0)
    x = 0.2 * torch.randn(40, 1, 2, 2, generator=chance)
    labels = torch.arange(40) % 2
    x = x + 0.3 * labels[:, None, None, None]
    asked = torch.arange(20_000) % 2
    found = apps.class_gaussians(x, labels, asked, chance).flatten(1)
    for c in (0, 1):
        own, made = x[labels == c].flatten(1), found[asked == c]
        torch.testing.assert_close(made.mean(0), own.mean(0), atol=0.01, rtol=0)
        torch.testing.assert_close(made.T.cov(), own.T.cov(), atol=0.003, rtol=0)
    with pytest.raises(CourseError, match="Class 2 has 0 images"):
        apps.class_gaussians(x, labels, torch.tensor([0, 2]))
