"""Honest generators that every judge measures, so that it knows what to expect.

A FID by the public extractor tells about which FID another extractor will find, as long
as nobody fitted samples to the public one. Two honest DCGANs show how the two go
together: the shipped one, and the good worked submission with its 600 steps.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor

from aigc_course import data, metrics

SEED = 2_021


@lru_cache(maxsize=2)
def yardsticks(n: int) -> tuple[tuple[Tensor, float], ...]:
    """n samples uint8 of each, and their FID by the public extractor; by FID."""
    from aigc_course import pretrained
    from aigc_course.capstone import loading, worked

    shipped = pretrained.load_weights("mnist_dcgan")
    drawn = [_dcgan(n, one) for one in (shipped, loading.full(worked.weights("good")))]
    pairs = [(images, _public(images)) for images in drawn]
    return tuple(sorted(pairs, key=lambda pair: pair[1]))


def expected(public: float, rulers: Sequence[tuple[float, float]]) -> float:
    """The FID that a judge should find where the public extractor finds this one.

    Between two yardsticks by a straight line of logarithms, beyond them with the slope
    of the nearest two.
    """
    known = sorted(rulers)
    number = sum(one < public for one, _ in known[1:-1])
    (x0, y0), (x1, y1) = known[number], known[number + 1]
    slope = math.log(y1 / y0) / math.log(x1 / x0)
    return y0 * math.exp(slope * math.log(public / x0))


def _dcgan(n: int, weights: dict[str, Tensor]) -> Tensor:
    from aigc_course import models

    with torch.random.fork_rng(devices=[]):
        learner = models.get("dcgan").build(bf16=False)
    learner.load_trained(weights)
    chance = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        return data.to_uint8(learner.sample(n, chance))


def _public(images: Tensor) -> float:
    from aigc_course.metrics.reference import fid_to_mnist

    return fid_to_mnist(metrics.features(images))
