"""What the metrics accept as images, checked in one place."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from aigc_course import data
from aigc_course.data.batches import check_range
from aigc_course.errors import CourseError

Images = Tensor | np.ndarray
EXPECTED = (
    "images of shape [N, 28, 28] or [N, 1, 28, 28], either uint8 or floating point"
    " in [-1, 1]"
)


def checked(images: Images, *, ranged: bool = True) -> Tensor:
    """The images as a tensor [N, 1, 28, 28], uint8 or float32 in [-1, 1].

    ranged: refuse also what lies in the range and was scaled to another one: floats
    from 0 to 1, and bytes of 0 and 1.

    Raises CourseError for any other shape, type or range, for NaN and for N = 0.
    """
    tensor = _as_tensor(images).detach()
    tensor = tensor[:, None] if tensor.ndim == 3 else tensor
    if tensor.ndim != 4 or tensor.shape[1:] != (1, 28, 28):
        raise CourseError(f"Expected {EXPECTED}; got shape {list(images.shape)}.")
    if len(tensor) == 0:
        raise CourseError(f"Expected {EXPECTED}; got none at all (N = 0).")
    tensor = tensor if tensor.dtype == torch.uint8 else _checked_floats(tensor)
    if ranged:
        check_range(tensor)
    return tensor


def float_batches(images: Tensor, size: int, device: str) -> Iterator[Tensor]:
    """Yield checked images as float32 [B, 1, 28, 28] in [-1, 1], B <= size."""
    for part in images.split(size):
        yield to_float(part.to(device)).contiguous(memory_format=torch.channels_last)


def to_float(images: Tensor) -> Tensor:
    """Checked images as float32 in [-1, 1]."""
    return data.to_float(images) if images.dtype == torch.uint8 else images


def _as_tensor(images: Images) -> Tensor:
    if isinstance(images, Tensor):
        return images
    if isinstance(images, np.ndarray) and images.dtype.kind in "uif":
        return torch.from_numpy(np.ascontiguousarray(images))
    kind = getattr(images, "dtype", type(images).__name__)
    raise CourseError(f"Expected {EXPECTED}; got {kind}.")


def _checked_floats(images: Tensor) -> Tensor:
    if not images.is_floating_point():
        raise CourseError(f"Expected {EXPECTED}; got {images.dtype}.")
    if not images.isfinite().all():
        raise CourseError("The images contain NaN or infinite values.")
    low, high = float(images.min()), float(images.max())
    if low < -1.0001 or high > 1.0001:  # a rounding error beyond +-1 is no mistake
        raise CourseError(
            f"Expected {EXPECTED}; got values in [{low:.3g}, {high:.3g}]."
        )
    return images.float().clamp(-1, 1)
