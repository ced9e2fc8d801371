"""Damage to the collection: duplicates, foreign pictures, too few pictures."""

from dataclasses import replace

import torch
from torch import Tensor

from aigc_course.data import factors
from aigc_course.data.corrupt.corruption import Corruption, hit
from aigc_course.data.corrupt.pixels import moved
from aigc_course.data.images import ImageSet
from aigc_course.errors import CourseError

FEWEST = 10  # images left at severity 1
UNEVEN = 8  # grey values: standard deviation between a picture and its near copy


def duplicates(severity: float, of: int = 10, near: bool = False) -> Corruption:
    """round(severity N) images replaced by copies of `of` others, label included.

    At 1 all but these `of` are gone. near: the copies are not exact, but moved right
    and down by a pixel and with a little noise, as files that were saved again are.
    Raises CourseError when there are not `of` images.
    """

    def damage(images: ImageSet, share: float, chance: torch.Generator) -> ImageSet:
        return _copied(images, share, chance, of, near)

    return Corruption("duplicates", severity, damage)


def contamination(
    severity: float, other: ImageSet | Tensor | None = None
) -> Corruption:
    """round(severity N) images replaced by pictures of something else.

    Their labels stay, as those of a crawler would. other: an ImageSet or uint8
    [M, 1, 28, 28]; the outlines of `data.factors` when None. Raises CourseError for
    pictures of another shape or type.
    """

    def damage(images: ImageSet, share: float, chance: torch.Generator) -> ImageSet:
        return _contaminated(images, share, chance, other)

    return Corruption("contamination", severity, damage)


def few(severity: float) -> Corruption:
    """Too few images: N (10 / N)^severity of them are kept, at random.

    Every step of severity divides by the same factor: of 60,000 images 1/2 leaves 775
    and 1 leaves 10. A set of 10 or fewer stays as it is.
    """
    return Corruption("few", severity, _few)


def subset(images: ImageSet, n: int, seed: int = 0) -> ImageSet:
    """n images at random, in their old order; more with the same seed include these.

    Raises CourseError for n below 1 or above the number of images.
    """
    return parts(images, n, seed=seed)[0]


def parts(images: ImageSet, *sizes: int, seed: int = 0) -> tuple[ImageSet, ...]:
    """Random parts of the given sizes that share no image, each in its old order.

    Whatever stands for "real" images (training, reference, floor) is such a part: the
    files are sorted by writer, so that their first n rows are not a fair sample.
    Raises CourseError for a size below 1 and for sizes whose sum is above the number
    of images.

    >>> from aigc_course import data
    >>> reference, floor = parts(data.load("digits"), 500, 200)
    >>> len(reference), len(floor)
    (500, 200)
    """
    for n in sizes:
        _check_size(n, len(images))
    if sum(sizes) > len(images):
        raise CourseError(
            f"Parts of {' and '.join(map(str, sizes))} images cannot be taken from"
            f" {len(images):,}: they share no image, so their sum is at most"
            f" {len(images)}."
        )
    chance = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(images), generator=chance)[: sum(sizes)]
    return tuple(_kept(images, rows) for rows in order.split(list(sizes)))


def _check_size(n: int, of: int) -> None:
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= of:
        raise CourseError(
            f"{n} images cannot be taken from {of:,}; n is a whole number from"
            f" 1 to {of}."
        )


def _copied(
    images: ImageSet, share: float, chance: torch.Generator, of: int, near: bool
) -> ImageSet:
    n = len(images)
    if not 1 <= of <= n:
        raise CourseError(f"{of} of {n} images cannot be copied: choose 1 to {n}.")
    order = torch.randperm(n, generator=chance)
    source = order[n - of :][torch.randint(of, (n,), generator=chance)]  # for each row
    rows = order[: min(round(share * n), n - of)]
    pixels, labels = images.images.clone(), images.labels.clone()
    copies = images.images[source[rows]]
    pixels[rows] = _saved_again(copies, chance) if near else copies
    labels[rows] = images.labels[source[rows]]
    return replace(images, images=pixels, labels=labels)


def _saved_again(pixels: Tensor, chance: torch.Generator) -> Tensor:
    noise = UNEVEN * torch.randn(pixels.shape, generator=chance)
    uneven = (moved(pixels, 1) + noise).round().clamp(0, 255)
    return uneven.to(torch.uint8)


def _contaminated(
    images: ImageSet,
    share: float,
    chance: torch.Generator,
    other: ImageSet | Tensor | None,
) -> ImageSet:
    foreign = other.images if isinstance(other, ImageSet) else other
    foreign = factors.images() if foreign is None else foreign
    pixels = images.images.clone()
    if foreign.dtype != pixels.dtype or foreign.shape[1:] != pixels.shape[1:]:
        raise CourseError(
            f"The other pictures are uint8 of shape {list(pixels.shape[1:])} each, as"
            f" the images are; these are {foreign.dtype} of {list(foreign.shape[1:])}."
        )
    if not len(foreign):
        raise CourseError("There are no other pictures to mix in.")
    picked = torch.randint(len(foreign), (len(pixels),), generator=chance)
    rows = hit(len(pixels), share, chance)
    pixels[rows] = foreign[picked[rows]]
    return replace(images, images=pixels)


def _few(images: ImageSet, severity: float, chance: torch.Generator) -> ImageSet:
    n = len(images)
    if n <= FEWEST:
        return images
    wanted = round(n * (FEWEST / n) ** severity)
    return _kept(images, torch.randperm(n, generator=chance)[:wanted])


def _kept(images: ImageSet, rows: Tensor) -> ImageSet:
    rows = rows.sort().values
    return replace(images, images=images.images[rows], labels=images.labels[rows])
