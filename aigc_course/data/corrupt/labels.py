"""Damage to labels and classes: wrong labels, rare classes."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import torch
from torch import Tensor

from aigc_course.data.corrupt.corruption import Corruption, hit
from aigc_course.data.images import ImageSet
from aigc_course.errors import CourseError


def label_errors(severity: float, pairs: Mapping[int, int] | None = None) -> Corruption:
    """Wrong labels for round(severity N) images, chosen at random.

    Each gets one of the other classes, all alike. pairs: systematic errors instead,
    from a class to the one it is taken for, {4: 9, 9: 4}; severity is then the share of
    the images of these classes alone. Raises CourseError where there is no other class,
    and for pairs of classes that are none.
    """
    wrong = dict(pairs) if pairs is not None else None

    def damage(images: ImageSet, share: float, chance: torch.Generator) -> ImageSet:
        if wrong is None:
            return replace(images, labels=_anything_else(images, share, chance))
        return replace(images, labels=_mistaken(images, share, chance, wrong))

    return Corruption("label_errors", severity, damage)


def imbalance(severity: float, rare: Iterable[int] | None = None) -> Corruption:
    """Rare classes: of each only the share 1 - severity is kept; the rest is dropped.

    rare: classes, the latter half of them when None. With ten even classes and half of
    them rare, 8/9 leaves 90 % of one half and 10 % of the other. Raises CourseError for
    classes that are none, and when nothing would be left.
    """
    asked = None if rare is None else sorted(set(rare))

    def damage(images: ImageSet, share: float, chance: torch.Generator) -> ImageSet:
        count = len(images.classes)
        classes = range(count // 2, count) if asked is None else asked
        return _thinned(images, share, chance, _known(classes, count))

    return Corruption("imbalance", severity, damage)


def _anything_else(images: ImageSet, share: float, chance: torch.Generator) -> Tensor:
    classes, labels = len(images.classes), images.labels.clone()
    if classes < 2:
        raise CourseError("A label cannot be wrong where there is only one class.")
    # y' = y + 1, ..., y + C - 1 (mod C): every class but y
    other = labels + torch.randint(1, classes, labels.shape, generator=chance)
    rows = hit(len(labels), share, chance)
    labels[rows] = other[rows] % classes
    return labels


def _mistaken(
    images: ImageSet, share: float, chance: torch.Generator, wrong: Mapping[int, int]
) -> Tensor:
    _known([*wrong, *wrong.values()], len(images.classes))
    labels = images.labels.clone()
    for shown, taken in sorted(wrong.items()):
        rows = (images.labels == shown).nonzero()[:, 0]
        labels[rows[hit(len(rows), share, chance)]] = taken
    return labels


def _thinned(
    images: ImageSet, share: float, chance: torch.Generator, rare: list[int]
) -> ImageSet:
    keep = torch.ones(len(images), dtype=torch.bool)
    for one in rare:
        rows = (images.labels == one).nonzero()[:, 0]
        keep[rows[hit(len(rows), share, chance)]] = False
    if not keep.any():
        raise CourseError("Nothing would be left: name fewer rare classes.")
    return replace(images, images=images.images[keep], labels=images.labels[keep])


def _known(classes: Iterable[int], count: int) -> list[int]:
    found = list(classes)
    for one in found:
        if isinstance(one, bool) or not isinstance(one, int) or not 0 <= one < count:
            raise CourseError(f"Classes are from 0 to {count - 1}; there is no {one}.")
    return found
