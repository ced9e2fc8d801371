"""Damage to every pixel: noise, blur, a wrong range, a shifted picture."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import pad

from aigc_course.data.corrupt.corruption import Corruption
from aigc_course.data.images import ImageSet

WIDEST = 4.0  # pixels: standard deviation of the blur at severity 1
FARTHEST = 7  # pixels: shift to the right and down at severity 1
ROWS = 5_000  # images in float32 at once: 16 MB


def noise(severity: float) -> Corruption:
    """Gaussian noise in every pixel, cut to the range of bytes.

    severity is its standard deviation where 0 is background and 1 full ink: at 0.5 the
    digits can be made out with effort, at 1 hardly.
    """
    return Corruption("noise", severity, _noise)


def blur(severity: float) -> Corruption:
    """A Gaussian blur with a standard deviation of 4 severity pixels."""
    return Corruption("blur", severity, _blur)


def wrong_range(severity: float) -> Corruption:
    """Bytes that were scaled to [0, 1] where [-1, 1] was agreed.

        x' = x + severity (255/2 - x/2)

    At 1 the background is mid-grey and the ink has half of its contrast, as happens
    when one of two programs forgets to scale.
    """
    return Corruption("wrong_range", severity, _wrong_range)


def shift(severity: float) -> Corruption:
    """Pictures moved by round(7 severity) pixels to the right and as many down.

    What leaves the frame is lost, what comes in is background: a preprocessing that
    crops or centres in another way than the one the pictures are judged by.
    """
    return Corruption("shift", severity, _shift)


def _noise(images: ImageSet, severity: float, generator: torch.Generator) -> ImageSet:
    def noisy(x: Tensor) -> Tensor:
        return x + 255 * severity * torch.randn(x.shape, generator=generator)

    return _each(images, noisy)


def _blur(images: ImageSet, severity: float, generator: torch.Generator) -> ImageSet:
    height, width = images.images.shape[-2:]
    down, across = (_smoother(size, WIDEST * severity) for size in (height, width))
    return _each(images, lambda x: down @ x @ across.T)


def _smoother(size: int, sigma: float) -> Tensor:
    """The matrix [size, size] that blurs a line; its rows sum to 1, also at the rim."""
    at = torch.arange(float(size))
    # w_ij = exp(-(i - j)^2 / (2 sigma^2)) / sum_j
    return (-(at[:, None] - at).square() / (2 * sigma**2)).softmax(1)


def _wrong_range(
    images: ImageSet, severity: float, generator: torch.Generator
) -> ImageSet:
    return _each(images, lambda x: x + severity * (127.5 - x / 2))


def _shift(images: ImageSet, severity: float, generator: torch.Generator) -> ImageSet:
    return replace(images, images=moved(images.images, round(FARTHEST * severity)))


def moved(pixels: Tensor, by: int) -> Tensor:
    """Images [N, C, H, W] moved right and down by some pixels, 0 where nothing was."""
    height, width = pixels.shape[-2:]
    return pad(pixels, (by, 0, by, 0))[..., :height, :width].contiguous()


def _each(images: ImageSet, change: Callable[[Tensor], Tensor]) -> ImageSet:
    """Every image changed as float32 in 0..255, then rounded and cut to bytes."""
    parts = map(partial(_as_bytes, change), images.images.split(ROWS))
    return replace(images, images=torch.cat(list(parts)))


def _as_bytes(change: Callable[[Tensor], Tensor], part: Tensor) -> Tensor:
    return change(part.float()).round().clamp(0, 255).to(torch.uint8)
