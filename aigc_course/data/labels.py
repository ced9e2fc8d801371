"""Labels beside images: what conditional models accept, and the sentence otherwise."""

import torch
from torch import Tensor

from aigc_course.errors import CourseError


def labels(y: Tensor | None, n: int, classes: int) -> Tensor | None:
    """Labels as int64 [n], or None for a network without classes.

    Raises CourseError for labels out of range, of another number or type, missing where
    the network is conditional, or given where it is not.
    """
    if classes == 0 or y is None:
        if classes == 0 and y is None:
            return None
        state = "is" if classes else "is not"
        raise CourseError(
            f"This network {state} conditional: call it with{'' if classes else 'out'}"
            " labels."
        )
    if y.is_floating_point() or y.dtype == torch.bool or tuple(y.shape) != (n,):
        raise CourseError(
            f"Labels are whole numbers, one for each image, [{n}]; got {y.dtype} of"
            f" shape {list(y.shape)}."
        )
    if n and not (int(y.min()) >= 0 and int(y.max()) < classes):
        raise CourseError(
            f"Labels are from 0 to {classes - 1}; got {int(y.min())} to {int(y.max())}."
        )
    return y.long()
