"""Real images to compare with, and the scale on which a figure can be read.

The scale of a report is its floor (random training digits instead of samples: about
what perfect samples would score) and its ceiling (uniform noise). Both depend on the
number of images, so they are computed for the report's n, and kept: those for MNIST at
common n ship with the package, others are written to the user cache.
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
from aigc_course.intervals import Estimate
from aigc_course.metrics.copies import calibrate
from aigc_course.metrics.features import NAME, features
from aigc_course.metrics.fid import Gaussian, fid_estimate
from aigc_course.metrics.figures import Figures, compare

SHIPPED = "mnist_reference"  # Gaussian of MNIST's test digits and the scales measured
VERSION = 4  # of what is kept; raise it when a definition below changes


T = TypeVar("T")


@dataclass(frozen=True)
class Scale:
    """What a report is read against."""

    floor: Figures  # of random training images
    ceiling: Figures  # of noise


@dataclass(frozen=True)
class Reference:
    """Real images: the training split, and the test split with its features."""

    train: data.ImageSet
    test: data.ImageSet
    features: Tensor  # float32 [M, 128], of test
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
    return Reference(train, test, found, digest)


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
    floor = data.subset(real.train, min(n, len(real.train)), seed=n)
    generator = torch.Generator().manual_seed(n)
    noise = torch.randint(256, (n, 1, 28, 28), generator=generator, dtype=torch.uint8)
    return Scale(
        compare(features(floor.images, device=device), real.features),
        compare(features(noise, device=device), real.features),
    )


def fid_to_mnist(found: Tensor) -> float:
    """FID of features [N, 128] to MNIST's 10,000 test digits, which need not be here.

    Their mean and covariance ship with the package.
    """
    return estimate_to_mnist(found).value


def estimate_to_mnist(found: Tensor) -> Estimate:
    """The same with its error."""
    shipped = pretrained.load_weights(SHIPPED)
    return fid_estimate(found, Gaussian(shipped["mean"], shipped["covariance"]))


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
