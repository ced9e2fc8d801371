"""The briefs by name, their samples, and the public measurement of each figure."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from aigc_course.capstone.four import (
    COMPOSE,
    GENERATE,
    PROTECT,
    RESTORE,
    Brief,
    Known,
    Method,
)
from aigc_course.errors import CourseError

if TYPE_CHECKING:
    from torch import Tensor

    from aigc_course.capstone.loading import Made

__all__ = ["Brief", "Known", "Method", "Samples", "draw", "get", "measure"]
NAMES = ("A", "B", "C", "D")
_ALL = {one.name: one for one in (GENERATE, RESTORE, COMPOSE, PROTECT)}
EPSILON, DELTA = 1.0, 1e-5  # what brief D allows


def get(name: str) -> Brief:
    """The brief "A", "B", "C" or "D". Raises CourseError for another name.

    >>> get("A").figure
    'fid'
    """
    if name not in _ALL:
        raise CourseError(
            f"There is no brief {name[:20]!r}: choose from A, B, C and D."
        )
    return _ALL[name]


@dataclass(frozen=True)
class Samples:
    """What a model made with a seed, as a submission holds it.

    pixels: uint8 [n, 28, 28]. labels: int64 [n], brief D. texts: brief C.
    """

    pixels: "Tensor | None" = None
    labels: "Tensor | None" = None
    texts: tuple[str, ...] = ()


TEXTS, LENGTH = 8, 500  # of brief C: texts in a submission, and characters of each


def draw(made: "Made", brief: Brief, n: int, seed: int) -> Samples:
    """The samples that belong to a seed. B: restorations of public test digits."""
    from aigc_course import data

    if brief.name == "C":
        return Samples(texts=tuple(made.write(TEXTS, LENGTH, seed)))
    if brief.name == "B":
        images, _ = public_digits(n, seed)
        done = made.restore(images, hole(), seed)
        return Samples(data.to_uint8(done)[:, 0])
    if brief.name == "D":
        pictures, labels = made.sample_labelled(n, seed)
        return Samples(data.to_uint8(pictures)[:, 0], labels)
    return Samples(data.to_uint8(made.sample(n, seed))[:, 0])


def measure(
    made: "Made",
    brief: Brief,
    n: int | None = None,
    seed: int = 0,
    samples: Samples | None = None,
) -> dict[str, float]:
    """The public figures of a model: what its card may claim.

    n: samples, pictures or characters; None takes the brief's own number. samples:
    what `draw` gave for the same n and seed, so that nothing is made twice.
    """
    n = n or brief.n
    if brief.name == "C":
        return _text_figures(made, n)
    samples = samples or draw(made, brief, n, seed)
    assert samples.pixels is not None
    ways: dict[str, Callable[[Samples, int, int], dict[str, float]]] = {
        "A": _quality,
        "B": _restored,
        "D": _useful,
    }
    found = ways[brief.name](samples, n, seed)
    return {name: round(value, 5) for name, value in found.items()}


def hole() -> "Tensor":
    """The hole of brief B, bool [28, 28]."""
    from aigc_course.apps.tasks import centre_hole

    return centre_hole(14)


def public_digits(n: int, seed: int) -> "tuple[Tensor, Tensor]":
    """n test digits [n, 1, 28, 28] in [-1, 1], chosen by the seed, and their labels."""
    from aigc_course import data

    part = data.subset(data.load("mnist", "test"), n, seed)
    return data.to_float(part.images), part.labels


def public_text(n: int) -> str:
    """The first n characters of the validation text of brief C."""
    from aigc_course.data.sequences import text

    return text("shakespeare").valid[:n]


@lru_cache(maxsize=2)
def _real(fast: bool) -> "Tensor":
    """Features of the test digits; in fast mode of 1,000 of them."""
    from aigc_course import data, metrics
    from aigc_course.metrics.reference import reference

    if fast:
        test = data.load("mnist", "test")
        return metrics.features(data.subset(test, 1_000, 0).images)
    return reference("mnist").features


def _quality(samples: Samples, n: int, seed: int) -> dict[str, float]:
    from aigc_course import metrics
    from aigc_course.training import fast_mode

    assert samples.pixels is not None
    found, real = metrics.features(samples.pixels[:, None]), _real(fast_mode())
    near = metrics.prdc(real, found)
    return {
        "fid": metrics.fid(found, real),
        "density": near.density,
        "coverage": near.coverage,
    }


def _restored(samples: Samples, n: int, seed: int) -> dict[str, float]:
    from aigc_course import data, metrics

    assert samples.pixels is not None
    images, labels = public_digits(n, seed)
    done = data.to_float(samples.pixels[:, None])
    return {
        "accuracy": metrics.label_accuracy(done, labels),
        "psnr": metrics.psnr(done, images).mean,
    }


def _useful(samples: Samples, n: int, seed: int) -> dict[str, float]:
    from aigc_course import data, privacy
    from aigc_course.training import fast_mode

    assert samples.pixels is not None and samples.labels is not None
    test = data.load("mnist", "test")
    pictures = data.to_float(samples.pixels[:, None])
    real, steps = data.to_float(test.images), 100 if fast_mode() else 1_000
    return {
        "accuracy": privacy.utility(
            pictures, samples.labels, real, test.labels, steps=steps
        )
    }


def _text_figures(made: "Made", n: int) -> dict[str, float]:
    nats = made.nats(public_text(n))
    return {"bits_per_character": round(float(nats.mean()) / math.log(2), 5)}
