"""How near is a restored image to the original: PSNR in decibels, and SSIM."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.metrics.images import Images, checked, to_float

RANGE = 2.0  # from black, -1, to white, 1
SIGMA = 1.5  # of the window in which SSIM looks, in pixels; it is cut off at 11 x 11


@dataclass(frozen=True, eq=False)
class Fidelity:
    """A score for each of N images, float64 [N], and what they come to together."""

    each: Tensor

    @property
    def mean(self) -> float:
        """The mean over the images."""
        return float(self.each.mean())

    @property
    def error(self) -> float:
        """Standard error of the mean; NaN for a single image or an infinite score."""
        n = len(self.each)
        return float(self.each.std()) / sqrt(n) if n > 1 else float("nan")


def psnr(images: Images, reference: Images) -> Fidelity:
    """Peak signal-to-noise ratio of each image, in decibels; more is nearer.

    PSNR = 10 log10(2^2 / MSE),    MSE the mean of (x - r)^2 over the pixels

    2 is the range of pixels in [-1, 1]; images scaled to [0, 1] or 0..255 have the same
    PSNR. Twice the error costs 6.02 dB. Equal images have infinitely many dB. The mean
    is taken over decibels, as papers do: it lies above the PSNR of the mean MSE,
    because few bad images count for less (Jensen).

    images, reference: as `metrics.features` takes them, of one length N. Noise that
    leaves [-1, 1] must be clipped first, and clipping takes a part of it away. Raises
    CourseError for images that are not acceptable or differ in number.

    >>> black = torch.full((1, 28, 28), -1.0)
    >>> round(psnr(black + 0.2, black).mean, 3)    # 10 log10(4 / 0.04)
    20.0
    """
    x, r = _pair(images, reference)
    error = (x - r).square().mean((1, 2))  # [N]
    return Fidelity(10 * torch.log10(RANGE**2 / error))


def ssim(images: Images, reference: Images) -> Fidelity:
    """Structural similarity of each image, at most 1, which only equal images reach.

    SSIM = (2 m_x m_r + c1)(2 s_xr + c2) / ((m_x^2 + m_r^2 + c1)(s_x^2 + s_r^2 + c2))

    in a Gaussian window of 11 x 11 around each pixel, averaged over the windows that
    lie inside the image (Wang et al. 2004, equation 13, and section III.C): m means,
    s^2 variances and s_xr the covariance there; c1 = (0.01 * 2)^2, c2 = (0.03 * 2)^2
    with 2 for the range of [-1, 1].

    Pixels are taken to [0, 2] first: m must be brightness, which is not negative. On
    black surroundings both brackets are 0 but for c1 and c2, so that wide margins score
    near 1 and faint haze there costs much: compare on one set of images only. Programs
    that mirror the margin outwards and count its windows too (torchmetrics 1.9) give
    noisy digits far lower scores.

    images, reference and errors: as in `psnr`.

    >>> noise = torch.rand(1, 28, 28, generator=torch.Generator().manual_seed(0))
    >>> picture = 2 * noise - 1
    >>> ssim(picture, picture).mean
    1.0
    """
    x, r = _pair(images, reference)
    pairs = zip((x + 1).numpy(), (r + 1).numpy(), strict=True)
    return Fidelity(torch.tensor([_ssim(a, b) for a, b in pairs], dtype=torch.float64))


def _ssim(a: np.ndarray, b: np.ndarray) -> float:
    from skimage.metrics import structural_similarity  # takes a second to load

    found = structural_similarity(
        a,
        b,
        data_range=RANGE,
        gaussian_weights=True,
        sigma=SIGMA,
        use_sample_covariance=False,
    )
    return float(found)


def _pair(images: Images, reference: Images) -> tuple[Tensor, Tensor]:
    """Both as float64 [N, 28, 28] in [-1, 1] on the CPU."""
    # what was made of a picture may have any range, the picture itself has its own
    x = to_float(checked(images, ranged=False)).cpu().double()
    r = to_float(checked(reference)).cpu().double()
    if len(x) != len(r):
        raise CourseError(
            f"Each image is compared with its own reference: {len(x)} images do not"
            f" fit {len(r)} references."
        )
    return x[:, 0], r[:, 0]
