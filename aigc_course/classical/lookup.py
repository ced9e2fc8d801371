"""Completing a picture by looking up the pictures of a library that fit the rest."""

import torch
from torch import Tensor

from aigc_course.classical.inpainting import mask_planes
from aigc_course.errors import CourseError
from aigc_course.metrics.images import checked, to_float

ROWS = 5_000  # pictures of the library that are compared at once: 16 MB


def look_up(images: Tensor, mask: Tensor, library: Tensor, k: int = 1) -> Tensor:
    """Fill the pixels under the mask with the mean of the k pictures that fit best.

    x_hidden = mean of the y_hidden of the k pictures y with the least |y - x|^2 over
    the known pixels; k = 1 copies one picture. Nothing is learnt but the library.

    images: float [N, 1, 28, 28] in [-1, 1]. mask: bool [28, 28], True where the pixel
    is missing; what the images hold there is not looked at. library: pictures
    [M, 1, 28, 28], uint8 or float in [-1, 1]; none of the images belongs in it. Returns
    float32, the known pixels as they were. Raises CourseError for other images, a mask
    that differs from image to image, and k outside 1 to M.
    """
    x, known = to_float(checked(images)).cpu(), ~_one_mask(mask)
    if not 1 <= k <= len(library):
        raise CourseError(f"k is from 1 to {len(library)} pictures, not {k}.")
    found = _nearest(x[:, 0][:, known], library, known, k)  # [N, k]
    filled = torch.stack(
        [to_float(checked(library[rows])).cpu().mean(0) for rows in found]
    )
    return torch.where(known, x, filled)


def _one_mask(mask: Tensor) -> Tensor:
    if mask.ndim != 2:
        raise CourseError(f"One mask [28, 28] for all is needed: {list(mask.shape)}.")
    return mask_planes(mask, 1)[0].cpu()


def _nearest(wanted: Tensor, library: Tensor, known: Tensor, k: int) -> Tensor:
    """Rows of the k pictures nearest to each of `wanted` [N, pixels]: int64 [N, k]."""
    best = torch.full((len(wanted), 0), torch.inf)
    rows = torch.zeros(len(wanted), 0, dtype=torch.int64)
    for start in range(0, len(library), ROWS):
        part = to_float(checked(library[start : start + ROWS])).cpu()
        far = torch.cdist(wanted, part[:, 0][:, known])  # [N, ROWS]
        near = far.topk(min(k, len(part)), largest=False)
        best = torch.cat([best, near.values], 1)
        rows = torch.cat([rows, near.indices + start], 1)
        keep = best.topk(min(k, best.shape[1]), largest=False).indices
        best, rows = best.gather(1, keep), rows.gather(1, keep)
    return rows
