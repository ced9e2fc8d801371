"""The feature extractor: a small digit classifier whose penultimate layer is the space
in which generated digits are compared with real ones."""

from functools import cache

import torch
from torch import Tensor, nn

from aigc_course import pretrained
from aigc_course.metrics.images import Images, checked, float_batches

NAME = "mnist_features"  # the shipped weights: see pretrained/mnist_features.md
WIDTH = 128  # features per image


class FeatureNet(nn.Module):
    """Digit classifier, 7.0 M multiply-adds per image; N images in, 10 logits out.

    `body` ends in a ReLU, so its 128 features are never negative; `head` reads the
    digit from them. Batch normalisation is used in training and folded into the
    convolutions afterwards (tools/train_extractor.py), so the net has no mode to set.
    """

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(  # [N, 1, 28, 28], values in [-1, 1]
            nn.Conv2d(1, 32, 5, stride=2, padding=2),  # [N, 32, 14, 14]
            nn.ReLU(),
            nn.Conv2d(32, 48, 3, padding=1),  # [N, 48, 14, 14]
            nn.ReLU(),
            nn.Conv2d(48, 64, 3, stride=2, padding=1),  # [N, 64, 7, 7]
            nn.ReLU(),
            nn.Conv2d(64, 96, 3, padding=1),  # [N, 96, 7, 7]
            nn.ReLU(),
            nn.MaxPool2d(2),  # [N, 96, 3, 3]
            nn.Flatten(),  # [N, 864]
            nn.Linear(864, WIDTH),  # [N, 128]
            nn.ReLU(),
        )
        self.head = nn.Linear(WIDTH, 10)  # [N, 10]

    def forward(self, images: Tensor) -> Tensor:
        """Logits [N, 10] of images [N, 1, 28, 28] in [-1, 1]."""
        return self.head(self.body(images))


@cache
def extractor(device: str = "cpu") -> FeatureNet:
    """The shipped extractor, loaded once per device and frozen.

    Raises CourseError when its weights are missing or damaged.
    """
    net = FeatureNet()
    net.load_state_dict(pretrained.load_weights(NAME))
    net = net.to(device).to(memory_format=torch.channels_last)
    return net.eval().requires_grad_(False)


@torch.no_grad()
def features(images: Images, batch_size: int = 500, device: str = "cpu") -> Tensor:
    """Features of N images: float32 [N, 128], never negative, on the CPU.

    images: [N, 28, 28] or [N, 1, 28, 28], either uint8 or floating point in [-1, 1].
    Raises CourseError for any other shape, type or range, for NaN and for N = 0.
    """
    return _apply(extractor(device).body, images, batch_size, device)


@torch.no_grad()
def probabilities(images: Images, batch_size: int = 500, device: str = "cpu") -> Tensor:
    """Class probabilities of N images: float32 [N, 10], each row sums to 1.

    Takes and refuses what `features` does.
    """
    return _apply(extractor(device), images, batch_size, device).softmax(1)


def classify(images: Images, batch_size: int = 500, device: str = "cpu") -> Tensor:
    """The digit the extractor reads in each of N images: int64 [N], 0 to 9.

    Takes and refuses what `features` does.
    """
    return read(features(images, batch_size, device))


@torch.no_grad()
def read(found: Tensor) -> Tensor:
    """The digit that features [N, 128] stand for: int64 [N], 0 to 9."""
    return extractor().head(found).argmax(1)


@torch.no_grad()
def chances(found: Tensor) -> Tensor:
    """Class probabilities that features [N, 128] stand for: float32 [N, 10]."""
    return extractor().head(found).softmax(1)


def _apply(net: nn.Module, images: Images, size: int, device: str) -> Tensor:
    parts = float_batches(checked(images), size, device)
    return torch.cat([net(part).cpu() for part in parts])
