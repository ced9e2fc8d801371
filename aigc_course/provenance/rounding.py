"""JPEG's arithmetic on grey pictures, with gradients (ITU-T T.81, 1992).

JPEG cuts a picture into blocks of 8 x 8 pixels, takes the cosine transform of each,
and rounds every coefficient to a multiple of a step from a table. The rounding has no
useful gradient; here it passes gradients on as if it were not there (Bengio et al.
2013).
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import pad

# Annex K.1 of the standard: steps for brightness at quality 50
STEPS = torch.tensor(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ]
).float()


def cosines() -> Tensor:
    """The orthonormal cosine transform of 8 numbers, [8, 8]: c = cosines() @ x."""
    i = torch.arange(8).double()
    rows = torch.cos(math.pi * (2 * i + 1) * i[:, None] / 16) / 2
    rows[0] /= math.sqrt(2)
    return rows.float()


def steps(quality: int) -> Tensor:
    """The table of steps [8, 8] at a quality of 1 to 100, as libjpeg scales it."""
    scale = 5000 / quality if quality < 50 else 200 - 2 * quality
    return ((STEPS * scale + 50) / 100).floor().clamp(1, 255)


def jpeg(x: Tensor, quality: int) -> Tensor:
    """Pictures [N, 28, 28] in [0, 1] after JPEG, with a gradient.

    It differs from libjpeg by rounding inside the transform: by one grey level in few
    pixels.
    """
    table, transform = steps(quality), cosines()
    framed = pad(x[:, None], (0, 4, 0, 4), mode="replicate")[:, 0]  # [N, 32, 32]
    blocks = (255 * framed - 128).reshape(-1, 4, 8, 4, 8).transpose(2, 3)
    kept = straight(transform @ blocks @ transform.T / table)
    blocks = transform.T @ (kept * table) @ transform
    framed = blocks.transpose(2, 3).reshape(-1, 32, 32)[:, :28, :28]
    return (straight(framed + 128) / 255).clamp(0, 1)


def straight(x: Tensor) -> Tensor:
    """Rounded, with the gradient of x itself."""
    return x + (x.round() - x).detach()


def block_basis(quality: int, largest: float) -> Tensor:
    """What JPEG keeps: an orthonormal basis [d, 784] of the coefficients of all blocks
    whose step at this quality is at most `largest`, means of blocks left out."""
    table, transform = steps(quality).double(), cosines().double()
    rows = []
    for corner in range(16):
        top, left = 8 * (corner // 4), 8 * (corner % 4)
        for u, v in (table <= largest).nonzero().tolist():
            if u + v > 0:
                wave = torch.zeros(32, 32, dtype=torch.float64)
                block = torch.outer(transform[u], transform[v])
                wave[top : top + 8, left : left + 8] = block
                rows.append(wave[:28, :28].reshape(-1))
    # the last blocks are cut in half: their waves are no longer orthogonal
    _, lengths, basis = torch.linalg.svd(torch.stack(rows), full_matrices=False)
    return basis[lengths > 0.3]
