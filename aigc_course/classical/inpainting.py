"""Classical inpainting: what is missing, from what is around it."""

import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.metrics.images import checked, to_float


def inpaint(images: Tensor, mask: Tensor) -> Tensor:
    """Fill the pixels under the mask by the smoothest surface through the others.

    Under the mask the result solves laplace^2 u = 0, the equation of a thin plate that
    is held by the pixels around (Damelin and Hoang 2018); it stays within the range of
    each image's known pixels. The others come back as they were.

    images: float [N, 1, 28, 28] in [-1, 1]. mask: bool, True where the pixel is
    missing: [28, 28] for all images or [N, 1, 28, 28]. What the images hold there is
    not looked at, but must be in range. Raises CourseError for another shape or type,
    and for a mask that hides nothing or everything.
    """
    x = to_float(checked(images)).cpu()
    hidden = mask_planes(mask, len(x)).cpu()
    if mask.ndim == 2:  # one system of equations for all
        return _filled(x[:, 0], hidden[0])[:, None]
    filled = [_filled(x[i], m) for i, m in enumerate(hidden)]
    return torch.stack(filled)


def _filled(planes: Tensor, mask: Tensor) -> Tensor:
    """planes [C, 28, 28] with the pixels of the mask [28, 28] solved for."""
    from skimage.restoration import inpaint_biharmonic

    found = inpaint_biharmonic(planes.numpy(), mask.numpy(), channel_axis=0)
    return torch.where(mask, torch.from_numpy(found).float(), planes)


def mask_planes(mask: Tensor, n: int) -> Tensor:
    """The mask as bool [1 or n, 28, 28], CourseError unless each hides a part."""
    if mask.dtype != torch.bool or tuple(mask.shape) not in ((28, 28), (n, 1, 28, 28)):
        raise CourseError(
            f"A mask is bool, [28, 28] or [{n}, 1, 28, 28] as the images are; got"
            f" {mask.dtype} {list(mask.shape)}."
        )
    planes = mask.reshape(-1, 28, 28)
    share = planes.double().mean((1, 2))
    if not bool((share > 0).all()):
        raise CourseError("The mask is empty: True marks the pixels to be filled.")
    if not bool((share < 1).all()):
        raise CourseError("Everything is masked: no pixel is left to fill in from.")
    return planes
