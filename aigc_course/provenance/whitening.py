"""Coordinates in which a picture, and what attacks do to it, look like noise.

A mark is a weak signal in strong noise. The noise is the picture itself, and what JPEG,
noise and cropping change. In coordinates y = W (x - mean) all of it has about variance
1 in every direction, so a matched filter is the best linear detector. Only those d
directions are kept in which most of a mark is left for the noise that is there.
"""

from dataclasses import dataclass
from functools import cache, cached_property

import torch
from scipy.linalg import eigh
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.provenance import rounding
from aigc_course.provenance.geometry import (
    CROP,
    PIXELS,
    SIDE,
    cropped,
    matrix,
    registrations,
    uncropped,
)

SIZE = 150  # directions kept
LEAST = 500  # pictures from which a covariance can be had
QUALITY, SIGMA = 25, 0.1  # of the attacks that the coordinates expect
LARGEST = 120  # JPEG step: coefficients of longer steps lose their mark
STRENGTH = 0.7  # length of the trial marks, about that of a mark at 32 dB
ROOM = 0.1  # of brightness that a pixel needs on both sides
OWNED, OWN_SEED = 6_000, 1801  # pictures of the standard whitening


@dataclass(frozen=True, eq=False)
class Whitening:
    """y = matrix @ (x - mean) for brightness x in [0, 1].

    mean: [784]; matrix: [d, 784]; searched: [R, d, 784], the same after each of the R
    registrations was undone.
    """

    mean: Tensor
    matrix: Tensor
    searched: Tensor

    @property
    def size(self) -> int:
        """Directions kept, d."""
        return len(self.matrix)

    @cached_property
    def frame(self) -> Tensor:
        """Orthonormal rows (W W^T)^-1/2 W of the coordinates, float64 [d, 784].

        Which W spans the coordinates is arbitrary: another computer may find R W for an
        orthogonal R. Then the frame is R times this one, so what is defined by it moves
        along with the coordinates.
        """
        u, _, v = torch.linalg.svd(self.matrix.double(), full_matrices=False)
        return u @ v

    def apply(self, pictures: Tensor) -> Tensor:
        """Coordinates [N, d] of pictures [N, 1, 28, 28] in [-1, 1] or uint8."""
        return (brightness(pictures).flatten(1) - self.mean) @ self.matrix.T


def whitening(pictures: Tensor, size: int = SIZE, seed: int = 0) -> Whitening:
    """Fitted to the owner's own unmarked pictures, at least 500 of them.

    Noise N = covariance of the pictures + second moments of what each attack changes in
    pictures with trial marks. Gain G = what clipping leaves of a change. The rows w
    have the largest w G^2 w among those with w N w = 1. CourseError for too few
    pictures.
    """
    x = brightness(pictures)
    if len(x) < LEAST:
        raise CourseError(
            f"A whitening needs at least {LEAST} unmarked pictures, not {len(x)}."
        )
    basis = rounding.block_basis(QUALITY, LARGEST)  # [b, 784]
    noise = torch.cov(x.flatten(1).double().T) + _attack_moments(x, basis, seed)
    gain = basis @ torch.diag(_gain(x).square()) @ basis.T
    # gain v = ratio noise v, with v noise v = 1: eigh gives the largest ratios last
    _, vectors = eigh(gain.numpy(), (basis @ noise @ basis.T).numpy())
    rows = (torch.from_numpy(vectors[:, ::-1][:, :size].copy()).T @ basis).float()
    undone = torch.stack([rows @ matrix(one) for one in registrations()])
    return Whitening(x.flatten(1).mean(0), rows, undone)


def _gain(x: Tensor) -> Tensor:
    """How much of a change of each pixel is left after clipped noise, float64 [784].

    1 where a pixel can go both ways. At an end of the range half of all changes are
    impossible, which leaves 1/sqrt(2) of the energy's root, and noise is clipped half
    of the time, which leaves a slope of 1/2.
    """
    free = ((x > ROOM) & (x < 1 - ROOM)).double().mean(0).flatten()
    return free + (1 - free) / (2 * 2**0.5)


def _attack_moments(x: Tensor, basis: Tensor, seed: int) -> Tensor:
    """Sum of E[e e^T] over the attacks, e = what each changes: float64 [784, 784]."""
    generator = torch.Generator().manual_seed(seed)
    x = x[:3000]
    # projected, not combined from its rows: the basis itself is arbitrary
    trial = torch.randn(len(x), PIXELS, generator=generator).double()
    trial = trial @ basis.T @ basis
    trial = STRENGTH * trial / trial.norm(dim=1, keepdim=True)
    marked = levels(x + trial.reshape(-1, SIDE, SIDE).float())
    noisy = levels(marked + SIGMA * torch.randn(x.shape, generator=generator))
    middle = (SIDE - CROP) // 2
    part = levels(cropped(marked, CROP, middle, middle))
    changes = [
        rounding.jpeg(marked, QUALITY) - marked,
        noisy - marked,
        uncropped(part, CROP, middle, middle) - marked,
    ]
    total = 1e-5 * torch.eye(PIXELS, dtype=torch.float64)
    for change in changes:
        e = change.flatten(1).double()
        total += e.T @ e / len(e)
    # clipped noise makes the background lighter by the same in all pictures: a
    # direction in which no score may depend
    lighter = (noisy - marked).flatten(1).double().mean(0)
    return total + 9 * torch.outer(lighter, lighter)


def brightness(pictures: Tensor) -> Tensor:
    """Pictures [N, 1, 28, 28] or [N, 28, 28], uint8 or in [-1, 1]: [N, 28, 28] in
    [0, 1]. CourseError for any other."""
    from aigc_course.metrics.images import checked, to_float

    return (to_float(checked(pictures, ranged=False))[:, 0] + 1) / 2


def levels(x: Tensor) -> Tensor:
    """Brightness clipped to [0, 1] and rounded to the 256 levels of a file."""
    return (255 * x.clamp(0, 1)).round() / 255


def signed(x: Tensor) -> Tensor:
    """Brightness [N, 28, 28] as pictures [N, 1, 28, 28] in [-1, 1]."""
    return (2 * x - 1)[:, None]


@torch.no_grad()
def owner_pictures(n: int, seed: int) -> Tensor:
    """n pictures of the shipped generator, [n, 1, 28, 28] on the levels of a file."""
    from aigc_course.gan import pretrained_generator

    network = pretrained_generator()
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(n, network.latent, generator=generator)
    drawn = torch.cat([network(part) for part in z.split(500)])
    return signed(levels((drawn[:, 0] + 1) / 2))


@cache
def standard_whitening() -> Whitening:
    """The whitening for pictures of the shipped generator that commands use."""
    return whitening(owner_pictures(OWNED, OWN_SEED))
