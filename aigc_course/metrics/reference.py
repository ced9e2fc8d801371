"""Real images to compare with, and the scale on which a figure can be read.

The scale of a report is its floor (training digits instead of samples: what perfect
samples would score) and its ceiling (uniform noise). Both depend on the number of
images, so they are computed for the report's n, and kept: those for MNIST at common n
ship with the package, others are written to the user cache.
"""

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor

from aigc_course import data, files, pretrained
from aigc_course.data import sources
from aigc_course.errors import CourseError
from aigc_course.metrics.copies import calibrate
from aigc_course.metrics.features import NAME, chances, features
from aigc_course.metrics.fid import Gaussian, fid, frechet
from aigc_course.metrics.fid_infinity import fid_infinity
from aigc_course.metrics.histogram import class_histogram, total_variation
from aigc_course.metrics.inception import inception_score
from aigc_course.metrics.kid import kid
from aigc_course.metrics.prdc import prdc
from aigc_course.metrics.two_sample import two_sample

SHIPPED = "mnist_reference"  # Gaussian of MNIST's test digits and the scales measured
VERSION = 2  # of what is kept; raise it when a definition below changes


T = TypeVar("T")


@dataclass(frozen=True)
class Figures:
    """What one set of images scores against a reference."""

    fid: float
    fid_infinity: float  # without the bias of n; can be a little below 0
    kid: float
    kid_se: float  # standard error
    precision: float
    recall: float
    density: float
    coverage: float
    inception_score: float  # 1 to 10, by the course's extractor
    told_apart: float  # share of held-out images; 0.5 when nothing can be told
    histogram: list[int]  # images read as 0, 1, ..., 9
    histogram_distance: float  # total variation, in [0, 1]


@dataclass(frozen=True)
class Scale:
    """What a report is read against."""

    floor: Figures  # of training images
    ceiling: Figures  # of noise


@dataclass(frozen=True)
class Reference:
    """Real images: the training split, and the test split with its features."""

    train: data.ImageSet
    test: data.ImageSet
    features: Tensor  # float32 [M, 128], of test
    histogram: Tensor  # int64 [10], test as the extractor reads it
    digest: str  # of extractor, training and test images


def reference(name: str | None = None, device: str = "cpu") -> Reference:
    """The reference from the image set `name`, or from `data.default` for None.

    Raises CourseError when the set is unknown or cannot be had.
    """
    if name is None:
        return _reference(data.default("test").name, device)
    return _reference(name, device)


@lru_cache(maxsize=2)
def _reference(name: str, device: str) -> Reference:
    train, test = data.load(name, "train"), data.load(name, "test")
    found = features(test.images, device=device)
    digest = _digest(train.images, test.images)
    return Reference(train, test, found, class_histogram(found), digest)


def compare(found: Tensor, real: Reference, seed: int = 0) -> Figures:
    """Every figure but near-copies for features [N, 128] against the test split's."""
    histogram = class_histogram(found)
    distance = kid(found, real.features, seed=seed)
    return Figures(
        fid=fid(found, real.features),
        fid_infinity=fid_infinity(found, real.features).value,
        kid=distance.value,
        kid_se=distance.standard_error,
        **asdict(prdc(real.features, found)),
        inception_score=inception_score(chances(found)),
        told_apart=two_sample(found, real.features, seed=seed).accuracy,
        histogram=histogram.tolist(),
        histogram_distance=total_variation(histogram, real.histogram),
    )


def scale(real: Reference, n: int, device: str = "cpu") -> Scale:
    """Floor and ceiling for n images.

    The floor takes n training images, or all of them when there are fewer.
    """

    def parse(kept: Any) -> Scale:
        return Scale(Figures(**kept["floor"]), Figures(**kept["ceiling"]))

    return _kept(real, f"scale-{n}", parse, lambda: measure_scale(real, n, device))


def copy_threshold(real: Reference) -> float:
    """The closeness below which an image counts as a near-copy of a training image."""

    def measure() -> float:
        return calibrate(real.test.images, real.train.images)

    return _kept(real, "copy-threshold", float, measure)


def measure_scale(real: Reference, n: int, device: str = "cpu") -> Scale:
    """Compute what `scale` gives."""
    generator = torch.Generator().manual_seed(n)
    chosen = torch.randperm(len(real.train), generator=generator)[:n]
    noise = torch.randint(256, (n, 1, 28, 28), generator=generator, dtype=torch.uint8)
    return Scale(
        compare(features(real.train.images[chosen], device=device), real),
        compare(features(noise, device=device), real),
    )


def fid_to_mnist(found: Tensor) -> float:
    """FID of features [N, 128] to MNIST's 10,000 test digits, which need not be here.

    Their mean and covariance ship with the package.
    """
    mine, shipped = Gaussian.fit(found), pretrained.load_weights(SHIPPED)
    return frechet(mine.mean, mine.covariance, shipped["mean"], shipped["covariance"])


def _kept(
    real: Reference, key: str, parse: Callable[[Any], T], measure: Callable[[], T]
) -> T:
    """A value shipped with the package or kept in the cache; else measured and kept."""
    for read in (_read_shipped, _read_cached):
        with suppress(OSError, ValueError, TypeError, KeyError):  # absent or damaged
            return parse(read(real.digest, key))
    value = measure()
    with suppress(CourseError):  # a cache that cannot be written only costs time
        files.write_json(_path(real.digest, key), plain(value))
    return value


def plain(value: Any) -> Any:
    """A value as JSON takes it."""
    return asdict(value) if isinstance(value, Scale) else value


def _read_shipped(digest: str, key: str) -> Any:
    card = pretrained.card(SHIPPED)
    if card["digest"] != digest:
        raise KeyError(digest)
    return card["kept"][key]


def _read_cached(digest: str, key: str) -> Any:
    return json.loads(_path(digest, key).read_text(encoding="utf-8"))


def _path(digest: str, key: str) -> Path:
    folder = sources.cache_folder().parent / "metrics"
    return folder / f"{key}-{digest[:16]}-v{VERSION}.json"


def _digest(*images: Tensor) -> str:
    digest = hashlib.sha256(pretrained.card(NAME)["sha256"].encode())
    for part in images:
        digest.update(part.contiguous().numpy().data)
    return digest.hexdigest()
