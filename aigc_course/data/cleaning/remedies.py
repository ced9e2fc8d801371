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
