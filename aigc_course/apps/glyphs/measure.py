"""Likeness, forgetting, variety, copies: judged by a classifier of ten digits."""

from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_course import data, metrics
from aigc_course.apps.glyphs import base as bases
from aigc_course.intervals import share_interval
from aigc_course.metrics.features import read
from aigc_course.metrics.prdc import prdc

COPY = 0.01  # share of real, unseen digits that are nearer to an example than a "copy"


@dataclass(frozen=True)
class Report:
    """What n pictures of a new digit are like.

    likeness: share that the classifier reads as the digit. fid: to real test digits of
    the class, of which there are as many. recall: share of these real digits that lie
    among the pictures. spread: mean distance between two pictures over that between two
    real ones, in features. copies: share nearer to an example than 1 % of real digits.
    """

    n: int
    likeness: float
    fid: float
    recall: float
    spread: float
    copies: float

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the likeness over the pictures (Wilson)."""
        return share_interval(round(self.likeness * self.n), self.n)


class Judge:
    """Real test digits of one class in two halves: one to compare with, one the floor.

    The halves have n images each.
    """

    def __init__(self, new: int, n: int = 480, seed: int = 0) -> None:
        self.new, self.n = bases.digit(new), n
        real = bases.of(data.load("mnist", "test"), new)
        half, other = data.parts(real, n, n, seed=seed)
        self.real, self.fresh = half.images, other.images
        self.features = metrics.features(self.real)
        self.spread = spread(self.features)

    def report(self, pictures: Tensor, examples: Tensor) -> Report:
        """Judge pictures [n, 1, 28, 28] in [-1, 1] made from examples, uint8."""
        shown = data.to_uint8(pictures)
        found = metrics.features(shown)
        near = nearest(shown, examples)
        limit = nearest(self.fresh, examples).quantile(COPY)
        return Report(
            len(shown),
            float((read(found) == self.new).double().mean()),
            metrics.fid(found, self.features),
            prdc(self.features, found).recall,
            spread(found) / self.spread,
            float((near < limit).double().mean()),
        )

    def floor(self, examples: Tensor) -> Report:
        """The other half of the real digits, judged in the same way."""
        return self.report(data.to_float(self.fresh), examples)


def nearest(pictures: Tensor, examples: Tensor) -> Tensor:
    """Distance of each picture to the nearest example, both uint8: [n].

    The root of the mean squared difference of pixels in [-1, 1].
    """
    a, b = (data.to_float(x).flatten(1) for x in (pictures, examples))
    return torch.cdist(a, b).min(1).values / a.shape[1] ** 0.5


def spread(features: Tensor) -> float:
    """Mean distance between features of two halves of a set, [n, d]."""
    return float(torch.cdist(features[0::2], features[1::2]).mean())


@dataclass(frozen=True)
class Old:
    """The nine old classes: share read as asked for, FID to real test digits, n."""

    n: int
    accuracy: float
    fid: float


class Memory:
    """Real test digits of the nine old classes, to see what was forgotten."""

    def __init__(self, new: int, each: int = 50, seed: int = 0) -> None:
        self.labels = torch.tensor(bases.others(new)).repeat(each)
        test = data.load("mnist", "test")
        some = [
            data.parts(bases.of(test, k), each, each, seed=seed)
            for k in bases.others(new)
        ]
        self.features = metrics.features(torch.cat([a.images for a, _ in some]))
        self.fresh = torch.cat([b.images for _, b in some])

    def report(self, pictures: Tensor) -> Old:
        """Judge pictures [9 each, 1, 28, 28] in [-1, 1] of `labels`."""
        shown = data.to_uint8(pictures)
        found = metrics.features(shown)
        accuracy = float((read(found) == self.labels).double().mean())
        return Old(len(shown), accuracy, metrics.fid(found, self.features))

    def floor(self) -> float:
        """FID of other real digits, as many."""
        return metrics.fid(metrics.features(self.fresh), self.features)
