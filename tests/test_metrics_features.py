"""The extractor: what it takes, what it gives, how well it reads, how it is folded."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

from aigc_course import data, metrics
from aigc_course.errors import CourseError
from aigc_course.metrics.features import FeatureNet

TOOL = Path(__file__).parent.parent / "tools" / "train_extractor.py"


@pytest.fixture(scope="module")
def digits():
    return data.load("digits", "test")


def test_features_are_128_finite_numbers_and_never_negative(digits):
    found = metrics.features(digits.images[:20])
    assert found.shape == (20, 128) and found.dtype == torch.float32
    assert found.isfinite().all() and (found >= 0).all()
    assert (found.std(0) > 0).float().mean() > 0.9  # few features say nothing
    assert not found.requires_grad


def test_every_accepted_form_gives_the_same_features(digits):
    images = digits.images[:20]
    expected = metrics.features(images)
    floats = data.to_float(images)
    for same in (images[:, 0], images.numpy(), floats, floats.double().numpy()):
        assert torch.allclose(metrics.features(same), expected, atol=1e-4)


def test_the_batch_size_does_not_matter(digits):
    images = digits.images[:50]
    whole, parts = metrics.features(images), metrics.features(images, batch_size=7)
    assert torch.allclose(whole, parts, atol=1e-4)


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (torch.zeros(2, 3, 28, 28, dtype=torch.uint8), r"got shape \[2, 3, 28, 28\]"),
        (torch.zeros(28, 28, dtype=torch.uint8), r"got shape \[28, 28\]"),
        (torch.zeros(0, 28, 28, dtype=torch.uint8), "none at all"),
        (torch.zeros(2, 28, 28, dtype=torch.int64), "got torch.int64"),
        (torch.full((2, 28, 28), 255.0), r"values in \[255, 255\]"),
        (torch.full((2, 28, 28), torch.nan), "NaN"),
        (np.full((2, 28, 28), np.inf), "infinite"),
        (np.array([["a", "b"]]), "got <U1"),
        ([[1, 2]], "got list"),
    ],
)
def test_other_things_are_refused_in_a_sentence(images, words):
    with pytest.raises(CourseError, match=words):
        metrics.features(images)


def test_probabilities_sum_to_one_and_agree_with_the_class(digits):
    shares = metrics.probabilities(digits.images[:30])
    assert torch.allclose(shares.sum(1), torch.ones(30), atol=1e-5)
    assert torch.equal(shares.argmax(1), metrics.classify(digits.images[:30]))


def test_it_reads_digits_it_was_not_trained_on(digits):
    found = metrics.classify(digits.images)
    assert found.dtype == torch.int64
    assert (found == digits.labels).double().mean() > 0.8


@pytest.mark.slow
def test_accuracy_on_mnist():
    try:
        mnist = data.load("mnist", "test")
    except CourseError as error:
        pytest.skip(str(error))
    found = metrics.classify(mnist.images)
    assert (found == mnist.labels).double().mean() >= 0.994


def test_folding_changes_nothing():
    tool = _tool()
    torch.manual_seed(0)
    net = tool.TrainingNet()
    images = torch.rand(64, 1, 28, 28) * 2 - 1
    net(images)  # moves the running means away from where they start
    for layer in net.body:  # and weights as training would leave them
        if isinstance(layer, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(layer.weight, 0.5, 2)
            torch.nn.init.normal_(layer.bias)
    net.eval()
    folded = tool.fold(net)
    assert torch.allclose(folded(images), net(images), atol=1e-4)
    assert folded.state_dict().keys() == FeatureNet().state_dict().keys()


def test_augmentation_moves_digits_and_keeps_their_range(digits):
    torch.manual_seed(0)
    images = data.to_float(digits.images[:50])
    moved = _tool().augment(images)
    assert moved.shape == images.shape
    assert moved.min() >= -1 and moved.max() <= 1 + 1e-6
    assert 0.05 < (moved - images).abs().mean() < 0.5
    # ink may leave the frame a little, but a digit stays a digit
    found = metrics.classify(moved.clamp(-1, 1))
    assert (found == digits.labels[:50]).double().mean() > 0.7


def _tool():
    spec = importlib.util.spec_from_file_location("train_extractor", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
