"""Informed embedding: where to spend the energy, for each picture anew.

Whoever embeds knows the picture and the detector (Cox, Miller, McKellips 1999). The
change d maximises the scores that will be left *after* the attacks:

    minimise  sum over attacks a of w_a softplus(2 (goal_a - s_a(x + d)))
              + price |d|^2    over  x + d in [0, 1],  |d| <= budget

A picture whose scores have reached their goals stops paying for more. One that resists,
because it points away from the key by itself, may take up to 2.5 dB more.
"""

import math
from functools import cache

import torch
from torch import Tensor
from torch.nn.functional import softplus

from aigc_course.provenance import rounding
from aigc_course.provenance.geometry import (
    CROP as PART,
)
from aigc_course.provenance.geometry import (
    PIXELS,
    SIDE,
    Registration,
    cropped,
    registrations,
)
from aigc_course.provenance.whitening import (
    QUALITY,
    SIGMA,
    Whitening,
    levels,
)

STEPS, RATE = 30, 0.3
AIM = 3.3  # about the threshold at 1 in 1,000, search included
SPREAD = 2.5  # dB below the mean that a hard picture may go
PRICE = 4.0  # of |d|^2, in units of the energy at the target
# attack: weight and goal; noise adds a chance of its own, so its goal is highest
CLEAN, JPEG, NOISE, CROP = (0.02, 1.0), (0.6, 0.6), (3.0, 1.1), (0.4, 1.0)

_MIDDLE = Registration(PART, (SIDE - PART) // 2, (SIDE - PART) // 2)


def embed(
    x: Tensor, white: Whitening, k: Tensor, psnr: float, price: float = PRICE
) -> Tensor:
    """Marked brightness [N, 28, 28] on the levels of a file.

    x: brightness in [0, 1]; k: the key's direction [d]. psnr: decibels that
    their mean reaches; no picture falls below psnr - 2.5.
    """
    reference = _length(psnr)
    budget = _length(psnr - SPREAD + 0.03)  # rounding to levels adds a little
    generator = torch.Generator().manual_seed(0)
    change = torch.zeros_like(x)
    for step in range(STEPS):
        change.requires_grad_(True)
        noise = torch.randn(x.shape, generator=generator)
        loss = _loss(x + change, white, k, noise)
        loss = loss + price * change.square().sum((1, 2)) / reference**2
        (slope,) = torch.autograd.grad(loss.sum(), change)
        change = change.detach()
        # a pixel at the end of its range has one direction only
        now = x + change
        slope[(now <= 0) & (slope > 0) | (now >= 1) & (slope < 0)] = 0
        length = RATE * reference * (1 - step / STEPS)
        moved = now - length * slope / _norm(slope)
        change = moved.clamp(0, 1) - x
        change = change * (budget / _norm(change)).clamp(max=1)
    short = psnr + 0.03 - float(_decibels(change).mean())
    return levels(x + change * 10 ** (-max(short, 0.0) / 20))


def _decibels(change: Tensor) -> Tensor:
    """PSNR of each picture, [N]."""
    return -10 * change.square().mean((1, 2)).clamp_min(1e-12).log10()


def _loss(u: Tensor, white: Whitening, k: Tensor, noise: Tensor) -> Tensor:
    """What is missing to the goals after each attack, [N]."""
    middle = registrations().index(_MIDDLE)
    cut = white.searched[middle] @ _cropping()  # crop, resize and register again
    after = {
        CLEAN: _coordinates(u, white.matrix, white),
        JPEG: _coordinates(rounding.jpeg(u, QUALITY), white.matrix, white),
        NOISE: _coordinates((u + SIGMA * noise).clamp(0, 1), white.matrix, white),
        CROP: _coordinates(u, cut, white),
    }
    losses = [
        weight * softplus(2 * (AIM + goal - _score(y, k)))
        for (weight, goal), y in after.items()
    ]
    return torch.stack(losses).sum(0)


def _score(y: Tensor, k: Tensor) -> Tensor:
    """sqrt(d) cos(y, k), [N]."""
    return math.sqrt(y.shape[1]) * (y @ k) / y.norm(dim=1).clamp_min(1e-9)


@cache
def _cropping() -> Tensor:
    """Cutting the middle out and enlarging it, as a matrix [784, 784]."""
    units = torch.eye(PIXELS).reshape(PIXELS, SIDE, SIDE)
    part = cropped(units, _MIDDLE.side, _MIDDLE.dy, _MIDDLE.dx)
    return part.reshape(PIXELS, PIXELS).T


def _coordinates(u: Tensor, rows: Tensor, white: Whitening) -> Tensor:
    """W u - W mean, where the rows may hold a crop before W."""
    return u.flatten(1) @ rows.T - white.matrix @ white.mean


def _length(psnr: float) -> float:
    """|d| at a PSNR: 10 log10(784 / |d|^2) = psnr."""
    return float(PIXELS**0.5 * 10 ** (-psnr / 20))


def _norm(x: Tensor) -> Tensor:
    """Euclidean lengths, [N, 1, 1], never 0."""
    return x.flatten(1).norm(dim=1).clamp_min(1e-12)[:, None, None]
