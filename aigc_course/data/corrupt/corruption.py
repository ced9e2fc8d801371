"""What a corruption is: a name, a severity and a seeded change, alone or in a chain."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from numbers import Integral, Real

import numpy as np
import torch

from aigc_course.data.images import ImageSet
from aigc_course.errors import CourseError

Damage = Callable[[ImageSet, float, torch.Generator], ImageSet]


@dataclass(frozen=True, repr=False)
class Corruption:
    """One kind of damage at one severity.

    severity: 0 to 1. At 0 the set comes back as it is. damage: makes the damaged set
    from an ImageSet, the severity (above 0) and a source of chance.
    Raises CourseError for a severity out of range.
    """

    name: str
    severity: float
    damage: Damage = field(compare=False)

    def __post_init__(self) -> None:
        number = isinstance(self.severity, Real) and not isinstance(self.severity, bool)
        if not number or not 0 <= self.severity <= 1:
            raise CourseError(
                f"A severity is a number from 0 (nothing changes) to 1; {self.name} was"
                f" given {self.severity!r}."
            )

    def __call__(self, images: ImageSet, seed: int = 0) -> ImageSet:
        """The damaged set; the same seed gives the same damage.

        The set given is not changed. Raises CourseError for anything but an ImageSet of
        uint8 images with a label each, and for a negative seed.
        """
        return Chain((self,))(images, seed)

    def __or__(self, after: "Corruption | Chain") -> "Chain":
        return compose([self, after])

    def __repr__(self) -> str:
        return f"{self.name}({self.severity:g})"


@dataclass(frozen=True, repr=False)
class Chain:
    """Corruptions, one after another; each has chance of its own from the seed."""

    parts: tuple[Corruption, ...]

    def __call__(self, images: ImageSet, seed: int = 0) -> ImageSet:
        """The damaged set, as `Corruption` does."""
        check(images, seed)
        for position, part in enumerate(self.parts):
            if part.severity > 0:
                chance = seeded(seed, position)
                done = part.damage(images, part.severity, chance)
                images = replace(done, source=f"{images.source}; {part!r}")
        return images

    def __or__(self, after: "Corruption | Chain") -> "Chain":
        return compose([self, after])

    def __repr__(self) -> str:
        return " | ".join(map(repr, self.parts)) or "nothing"


def compose(corruptions: "Iterable[Corruption | Chain]") -> Chain:
    """One corruption made of several, applied in the order given.

    An empty list changes nothing. Raises CourseError for anything else in it.
    """
    parts: list[Corruption] = []
    for one in corruptions:
        if not isinstance(one, Corruption | Chain):
            raise CourseError(f"Corruptions are composed of corruptions, not {one!r}.")
        parts += one.parts if isinstance(one, Chain) else (one,)
    return Chain(tuple(parts))


def seeded(seed: int, position: int) -> torch.Generator:
    """Chance for one place of a chain: SeedSequence mixes the pair."""
    mixed = np.random.SeedSequence([seed, position]).generate_state(1, np.uint64)
    return torch.Generator().manual_seed(int(mixed[0]))


def hit(n: int, share: float, generator: torch.Generator) -> torch.Tensor:
    """round(share n) of the rows 0 to n - 1, int64, in the order they are hit.

    With the same chance a smaller share gives the first of these.
    """
    return torch.randperm(n, generator=generator)[: round(share * n)]


def check(images: ImageSet, seed: int) -> None:
    """Raise CourseError for what cannot be damaged."""
    if not isinstance(images, ImageSet):
        raise CourseError(
            "A corruption is applied to an ImageSet, such as data.load gives; got"
            f" {type(images).__name__}."
        )
    pixels, labels = images.images, images.labels
    if pixels.dtype != torch.uint8 or pixels.ndim != 4 or not math.prod(pixels.shape):
        raise CourseError(
            "A corruption wants uint8 images [N, C, H, W], at least one; these are"
            f" {pixels.dtype} of shape {list(pixels.shape)}."
        )
    if labels.dtype != torch.int64 or labels.shape != (len(pixels),):
        raise CourseError(
            f"{len(pixels)} images need as many labels, int64; got {labels.dtype} of"
            f" shape {list(labels.shape)}."
        )
    if not 0 <= int(labels.min()) <= int(labels.max()) < len(images.classes):
        raise CourseError(f"Labels are from 0 to {len(images.classes) - 1}.")
    if not isinstance(seed, Integral) or isinstance(seed, bool) or seed < 0:
        raise CourseError(f"A seed is a whole number from 0 up; this one is {seed!r}.")
