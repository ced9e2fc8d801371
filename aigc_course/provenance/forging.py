"""Averaging: the secret direction out of many marked pictures (Yang et al. 2024).

An attacker without the key has marked pictures and others of the same kind. The mean of
the marked ones holds what all marks share; what the pictures show averages out.
"""

import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.provenance.geometry import PIXELS, SIDE
from aigc_course.provenance.whitening import brightness, levels, signed


def estimate(marked: Tensor, others: Tensor) -> Tensor:
    """What marks have in common, as a pattern [784] of length 1.

    Mean of the marked pictures minus mean of the others. CourseError for fewer than two
    of either, and for two means that are equal.
    """
    if min(len(marked), len(others)) < 2:
        raise CourseError("Averaging needs at least 2 marked and 2 other pictures.")
    a, b = (brightness(x).flatten(1).double().mean(0) for x in (marked, others))
    length = (a - b).norm()
    if length == 0:
        raise CourseError("The two means are equal: no picture here carries a mark.")
    return ((a - b) / length).float()


def forge(pictures: Tensor, pattern: Tensor, psnr: float = 32.0) -> Tensor:
    """The pattern added to pictures of any origin, as strong as this PSNR allows."""
    return _added(pictures, pattern, psnr)


def remove(pictures: Tensor, pattern: Tensor, psnr: float = 32.0) -> Tensor:
    """The pattern subtracted, as strong as this PSNR allows."""
    return _added(pictures, -pattern, psnr)


def _added(pictures: Tensor, pattern: Tensor, psnr: float) -> Tensor:
    """Clipped at black and white, and scaled so that clipping costs no strength."""
    if pattern.shape != (PIXELS,):
        raise CourseError(f"A pattern has {PIXELS} numbers, not {list(pattern.shape)}.")
    x = brightness(pictures)
    change = pattern.reshape(1, SIDE, SIDE)
    length = PIXELS**0.5 * 10 ** (-psnr / 20)
    low, high = torch.zeros(len(x), 1, 1), torch.full((len(x), 1, 1), 20 * length)
    for _ in range(30):  # bisection: |clip(x + t p) - x| grows with t
        middle = (low + high) / 2
        grown = ((x + middle * change).clamp(0, 1) - x).flatten(1).norm(dim=1)
        over = (grown > length)[:, None, None]
        low, high = torch.where(over, low, middle), torch.where(over, middle, high)
    return signed(levels(x + low * change))
