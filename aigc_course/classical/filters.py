"""Four classical filters. Each takes noisy images and one parameter."""

from collections.abc import Callable

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from aigc_course.errors import CourseError

PATCH, REACH = 5, 5  # of non-local means: patch width, farthest shift, both in pixels
STEPS = 200  # of total variation's iteration at most; it stops before as a rule


def median(images: Tensor, size: float) -> Tensor:
    """The median of size x size pixels around each (Tukey 1977); size is odd.

    images: float [N, 1, 28, 28]. Returns float32 of that shape in [-1, 1]. Raises
    CourseError for other images and an even or broken size.
    """
    if size != int(size) or size < 1 or not size % 2:
        raise CourseError(f"A median looks at an odd number of pixels, not {size}.")
    window = (1, 1, int(size), int(size))
    return _image(ndimage.median_filter(pixels(images), window, mode="nearest"))


def gaussian(images: Tensor, sigma: float) -> Tensor:
    """A blur: the mean of the pixels around, weighted by exp(-d^2 / (2 sigma^2)).

    sigma: in pixels, above 0. images and errors: as in `median`.
    """
    _above_zero(sigma, "The blur")
    spread = (0, 0, sigma, sigma)
    return _image(ndimage.gaussian_filter(pixels(images), spread, mode="nearest"))


def non_local_means(images: Tensor, sigma: float) -> Tensor:
    """The mean of pixels whose surroundings look alike (Buades et al. 2005, section 3).

    w(p, q) = exp(-max(|P_p - P_q|^2 - 2 sigma^2, 0) / h^2),    h = 0.6 sigma

    P_p are the 5 x 5 pixels around p, |.|^2 their weighted mean square, and q reaches 5
    pixels to each side. Two equal patches under noise sigma differ by 2 sigma^2, which
    is taken off (Buades et al. 2011, section 2). images and errors: as in `median`;
    sigma: the noise to reckon with, above 0, in the units of the images.
    """
    from skimage.restoration import denoise_nl_means  # takes a second to load

    _above_zero(sigma, "The noise")
    return _each(
        images, lambda x: denoise_nl_means(x, PATCH, REACH, h=0.6 * sigma, sigma=sigma)
    )


def total_variation(images: Tensor, weight: float) -> Tensor:
    """The image u with the least |u - x|^2 / 2 + weight * sum |grad u|.

    Edges cost no more than slopes do, so that flat parts become flat and edges stay
    (Rudin, Osher and Fatemi 1992); solved by Chambolle's iteration (2004). images and
    errors: as in `median`; weight above 0.
    """
    from skimage.restoration import denoise_tv_chambolle

    _above_zero(weight, "The weight")
    return _each(images, lambda x: denoise_tv_chambolle(x, weight, max_num_iter=STEPS))


def pixels(images: Tensor) -> np.ndarray:
    """The images as float32 [N, 1, 28, 28] on the CPU; they may leave [-1, 1].

    Raises CourseError for another shape or type, and for NaN or infinite values.
    """
    expected = "Noisy images are float [N, 1, 28, 28], N from 1"
    if not isinstance(images, Tensor) or not images.is_floating_point():
        kind = images.dtype if isinstance(images, Tensor) else type(images).__name__
        raise CourseError(f"{expected}; got {kind}.")
    if images.ndim != 4 or images.shape[1:] != (1, 28, 28) or not len(images):
        raise CourseError(f"{expected}; got shape {list(images.shape)}.")
    if not bool(images.isfinite().all()):
        raise CourseError("The noisy images contain NaN or infinite values.")
    return images.detach().float().cpu().numpy()


def _image(found: np.ndarray) -> Tensor:
    return torch.from_numpy(found).float().clamp(-1, 1)


def _each(images: Tensor, filtered: Callable[[np.ndarray], np.ndarray]) -> Tensor:
    planes = pixels(images)[:, 0]
    return _image(np.stack([filtered(plane) for plane in planes])[:, None])


def _above_zero(value: float, what: str) -> None:
    if not 0 < value < float("inf"):
        raise CourseError(f"{what} is a number above 0, not {value}.")
