"""What to do with rows that were found: leave them out, or give them another label."""

from dataclasses import replace

import torch
from torch import Tensor

from aigc_course.data.cleaning.labels import Suspects
from aigc_course.data.images import ImageSet
from aigc_course.errors import CourseError


def remove(images: ImageSet, rows: Tensor | Suspects) -> ImageSet:
    """The set without these rows. Raises CourseError when nothing would be left."""
    gone = rows.rows if isinstance(rows, Suspects) else rows
    keep = torch.ones(len(images), dtype=torch.bool)
    keep[gone] = False
    if not keep.any():
        raise CourseError("Nothing would be left of the set.")
    source = f"{images.source}; less {int((~keep).sum())} rows"
    pixels, labels = images.images[keep], images.labels[keep]
    return replace(images, images=pixels, labels=labels, source=source)


def relabel(images: ImageSet, found: Suspects) -> ImageSet:
    """The set with the labels that were suggested for the suspects."""
    labels = images.labels.clone()
    labels[found.rows] = found.suggested
    source = f"{images.source}; {len(found)} labels changed"
    return replace(images, labels=labels, source=source)


def balanced(images: ImageSet, how: str = "repeat", seed: int = 0) -> ImageSet:
    """The set with as many pictures of every class that it has at all.

    how: "repeat" gives each class as many as the largest has, its pictures in turn;
    "drop" as many as the smallest has, chosen at random. Raises CourseError for another
    word.
    """
    if how not in ("repeat", "drop"):
        raise CourseError(f"Classes are balanced by 'repeat' or 'drop', not {how!r}.")
    counts = images.labels.bincount()
    present = counts[counts > 0]
    wanted = int(present.max() if how == "repeat" else present.min())
    chance = torch.Generator().manual_seed(seed)
    rows = [_turns(images.labels == c, wanted, chance) for c in counts.nonzero()[:, 0]]
    kept = torch.cat(rows).sort().values
    source = f"{images.source}; {wanted} of each class"
    pixels, labels = images.images[kept], images.labels[kept]
    return replace(images, images=pixels, labels=labels, source=source)


def _turns(mine: Tensor, n: int, chance: torch.Generator) -> Tensor:
    """n of the rows where `mine` holds, each once before any comes again."""
    rows = mine.nonzero()[:, 0]
    rows = rows[torch.randperm(len(rows), generator=chance)]
    return rows[torch.arange(n) % len(rows)]
