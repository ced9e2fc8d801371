"""The noisy sums that a private generator is made of, and what is read from them."""

import math
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from aigc_course import data, validate
from aigc_course.errors import CourseError
from aigc_course.privacy import straight
from aigc_course.privacy.moments import clip_norm, noisy_counts, symmetric_noise

Chance = torch.Generator | None
PART = 5000  # pictures read at once
FEWEST = 50.0  # members of a cell, whatever its noisy number says


class Released(NamedTuple):
    """centre [d], basis [d, k], outside [d], counts [G], means and covariances."""

    centre: Tensor
    basis: Tensor
    outside: Tensor
    counts: Tensor
    means: Tensor
    covariances: Tensor


class Fixed(Protocol):
    """The settings that are read here."""

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Norms that are clipped to."""

    @property
    def directions(self) -> int:
        """Most directions of the basis."""

    @property
    def spread(self) -> float:
        """Relative deviation of a class's covariance."""

    @property
    def floor(self) -> float:
        """Least relative variance."""

    @property
    def halvings(self) -> int:
        """How often a class is halved."""


def check_shares(number: int, halvings: int) -> None:
    """Raise CourseError unless there is one share for each release."""
    needed = 6 if halvings else 4
    if number != needed:
        raise CourseError(
            f"With {halvings} halvings there are {needed} releases, and the settings"
            f" have {number} shares."
        )


def rows(images: Tensor) -> Tensor:
    """Coordinates float64 [N, d] of pictures, read in parts."""
    found = []
    for part in images.split(PART) if len(images) else [images]:
        pixels = data.to_float(part) if part.dtype == torch.uint8 else part
        validate.images(pixels)
        found.append(straight.read((pixels[:, 0] + 1) / 2))
    return torch.cat(found)


def release(
    rows: Tensor,
    labels: Tensor,
    classes: int,
    noises: Sequence[float],
    settings: Fixed,
    chance: Chance,
) -> Released:
    """All releases one after the other. noises: deviations at sensitivity 1.

    rows are changed: afterwards they lie around the released centre.
    """
    first, second, third, _ = settings.bounds
    counts, middle = centre(rows, labels, classes, first, noises[0], chance)
    around = rows.sub_(middle)  # in place: 20,000 rows are 110 MB
    base, outside = basis(around, counts.sum(), second, noises[1], settings, chance)
    points = around @ base
    total = sums(points, labels, classes, second, noises[2], chance)
    means = total / counts[:, None]
    own = points - means[labels]
    square = scatters(own, labels, classes, third, noises[3], chance)
    spreads = shrunk(square, counts, noises[3] * third**2, settings)
    if settings.halvings:
        inside = halved(own, labels, spreads, noises[4:], settings, chance)
        counts, shift, spreads = inside
        means = means.repeat_interleave(2**settings.halvings, 0) + shift
    return Released(middle, base, outside, counts, means, spreads)


def centre(
    rows: Tensor,
    labels: Tensor,
    classes: int,
    bound: float,
    noise: float,
    chance: Chance,
) -> tuple[Tensor, Tensor]:
    """Numbers of the classes and the mean picture, released together.

    One example changes a number by 1 and the sum, divided by the bound, by 1 at most:
    sensitivity sqrt(2).
    """
    noise *= math.sqrt(2)
    counts = noisy_counts(labels, classes, noise, chance).clamp(min=1)
    drawn = torch.randn(rows.shape[1], generator=chance, dtype=torch.float64)
    exact = sum(clip_norm(part, bound).sum(0) for part in rows.split(PART))
    total = exact + noise * bound * drawn
    return counts, total / counts.sum()


def basis(
    around: Tensor,
    number: Tensor,
    bound: float,
    noise: float,
    settings: Fixed,
    chance: Chance,
) -> tuple[Tensor, Tensor]:
    """Directions [d, k] whose variance stands out of the noise, and the rest's spread.

    The largest eigenvalue of noise alone is near sqrt(2 d) times `noise` (Wigner). The
    rest is a deviation for each coordinate, [d].
    """
    size = around.shape[1]
    square = symmetric_noise(size, noise, chance)
    for part in around.split(PART):
        clipped = clip_norm(part, bound) / bound
        square += clipped.T @ clipped
    values, vectors = torch.linalg.eigh(square)
    above = int((values > 1.05 * noise * math.sqrt(2 * size)).sum())
    kept = vectors.flip(1)[:, : min(settings.directions, max(5, above))]
    away = torch.eye(size, dtype=torch.float64) - kept @ kept.T
    rest = (away @ square @ away).diagonal() * bound**2 / number
    return kept, straight.in_bands(rest).clamp(min=0).sqrt()


def sums(
    points: Tensor,
    labels: Tensor,
    classes: int,
    bound: float,
    noise: float,
    chance: Chance,
) -> Tensor:
    """The sum of each class's points, clipped to the bound, [C, k]."""
    shape = classes, points.shape[1]
    total = torch.zeros(shape, dtype=torch.float64)
    total.index_add_(0, labels, clip_norm(points, bound))
    drawn = torch.randn(shape, generator=chance, dtype=torch.float64)
    return total + noise * bound * drawn


def scatters(
    around: Tensor,
    labels: Tensor,
    classes: int,
    bound: float,
    noise: float,
    chance: Chance,
) -> Tensor:
    """Sums of squares around the released mean of the own class, [C, k, k]."""
    clipped = clip_norm(around, bound)
    own = (clipped[labels == c] for c in range(classes))
    square = torch.stack([part.T @ part for part in own])
    size = around.shape[1]
    return square + symmetric_noise(size, noise * bound**2, chance, classes)


def halved(
    own: Tensor,
    labels: Tensor,
    spreads: Tensor,
    noises: Sequence[float],
    settings: Fixed,
    chance: Chance,
) -> tuple[Tensor, Tensor, Tensor]:
    """Numbers, means and covariances of cells: the signs of the largest directions.

    own: points around the mean of their class, [N, k]. The directions come from the
    released covariances [C, k, k], so that which cell an example is in depends on the
    example and on noisy numbers alone. Numbers and sums have sensitivity sqrt(2).
    """
    _, _, third, fourth = settings.bounds
    largest = torch.linalg.eigh(spreads)[1].flip(2)[:, :, : settings.halvings]
    signs = torch.einsum("nk,nkd->nd", own, largest[labels]) > 0
    places = 2 ** torch.arange(settings.halvings)
    cell = labels * 2**settings.halvings + (signs * places).sum(1)
    cells, noise = len(spreads) * 2**settings.halvings, math.sqrt(2) * noises[0]
    counts = noisy_counts(cell, cells, noise, chance).clamp(min=FEWEST)
    means = sums(own, cell, cells, third, noise, chance) / counts[:, None]
    square = scatters(own - means[cell], cell, cells, fourth, noises[1], chance)
    return counts, means, shrunk(square, counts, noises[1] * fourth**2, settings)


def shrunk(scatters: Tensor, counts: Tensor, noise: float, settings: Fixed) -> Tensor:
    """Covariances [C, k, k] of the classes, drawn towards their common one.

    In the eigenvectors of the common covariance, variances w, an entry of a class is
    expected to differ from it by spread sqrt(w_i w_j), and noise differs by t. Then

    a_ij + (s_ij - a_ij) v / (v + t^2)    v = spread^2 w_i w_j, a the common one

    is the best linear estimate (Wiener). All of this is computed from noisy sums, so
    that it costs no privacy.
    """
    size = scatters.shape[1]
    values, vectors = torch.linalg.eigh(scatters.sum(0) / counts.sum())
    edge = noise * math.sqrt(2 * len(scatters) * size) / float(counts.sum())
    # noise raises an eigenvalue w to w + edge^2 / 4w
    inner = (values**2 - edge**2).clamp(min=0).sqrt()
    w = torch.where(values > edge, (values + inner) / 2, edge / 2).clamp(min=1e-3)
    twice = 1 + torch.eye(
        size, dtype=torch.float64
    )  # the diagonal varies twice as much
    scale = w.sqrt()
    expected = settings.spread**2 * twice
    found = []
    for scatter, count in zip(scatters, counts, strict=True):
        seen = vectors.T @ (scatter / count) @ vectors / torch.outer(scale, scale)
        error = (noise / count) ** 2 / 2 * twice / torch.outer(w, w)
        away = (seen - torch.eye(size)) * expected / (expected + error)
        inside, turn = torch.linalg.eigh(torch.eye(size) + away)
        half = scale[:, None] * (turn * inside.clamp(min=settings.floor).sqrt())
        root = vectors @ half
        found.append(root @ root.T)
    return torch.stack(found)
