"""A private generator in one shot: noisy Gaussians for each class, no training.

Four releases, each about what the ones before left open:

    centre    numbers of the classes and the sum of all pictures
    basis     squares around the centre, whose leading directions span the rest
    means     the sum of each class in these directions
    scatters  squares around the mean of its own class, for each class

Where noise is small, two more divide each class into cells, by the signs of its largest
directions, and give each cell a Gaussian of its own:

    cells     numbers and sums of the cells
    insides   squares around the mean of the own cell, for each cell

An example belongs to one class and to one cell, so that all sums together change by no
more than one of them does. Everything after the sums is computed from noisy numbers.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.privacy import releases, straight
from aigc_course.privacy.accountant import check, gaussian_mu, split
from aigc_course.privacy.varied import varied

NAMES = "centre", "basis", "means", "scatters", "cells", "insides"
CHUNK = 5000  # samples drawn at once


@dataclass(frozen=True)
class Settings:
    """What is fixed before the data are seen.

    shares: of mu^2, of the releases. bounds: the norms of pictures, of pictures around
    the centre, around the mean of their class, and of their cell. directions: at most
    so many are kept. spread: how far the covariance of a class is expected to lie from
    that of all, relative. floor: the least that a class may vary in a direction,
    relative. halvings: each class has 2^halvings cells.
    """

    shares: tuple[float, ...] = (0.02, 0.1, 0.28, 0.6)
    bounds: tuple[float, float, float, float] = (9.0, 8.0, 5.5, 4.5)
    directions: int = 60
    spread: float = 0.5
    floor: float = 0.3
    halvings: int = 0


WITH_CELLS = (0.02, 0.08, 0.1, 0.15, 0.15, 0.5)
EIGHT = Settings(WITH_CELLS, halvings=3)  # from epsilon = 4 on
TWO = Settings(WITH_CELLS, halvings=1)  # from epsilon = 0.7 on
ONE = Settings()


def settings_for(epsilon: float) -> Settings:
    """The settings that `fit_private` takes for an epsilon, whatever the data are."""
    return EIGHT if epsilon >= 4 else TWO if epsilon >= 0.7 else ONE


class PrivateGenerator:
    """Gaussians of classes, and how they were paid for. `fit_private` makes one.

    centre [d], basis [d, k] and outside [d], the deviations that the basis leaves, in
    coordinates of `privacy.straight`; counts [G], means [G, k] and covariances
    [G, k, k] of the Gaussians, equally many for each class.
    """

    def __init__(
        self,
        released: releases.Released,
        classes: int,
        spent: tuple[float, float],
        mus: tuple[float, ...],
    ) -> None:
        self.centre, self.basis, self.outside = released[:3]
        self.counts, self.means, self.covariances = released[3:]
        self.classes, self.spent, self.mus = classes, spent, mus
        self._roots = torch.linalg.cholesky(self.covariances)

    def sample(
        self,
        n: int,
        generator: torch.Generator | None = None,
        labels: Tensor | None = None,
    ) -> Tensor:
        """n pictures [n, 1, 28, 28] in [-1, 1]; labels int [n], or None for any.

        Each is turned, stretched, moved and contrasted a little (`privacy.varied`), as
        no data were needed for. Raises CourseError for labels that do not fit.
        """
        if labels is None:
            return self.draw(n, generator)[0]
        validate.labels(labels, n, self.classes)
        shares = self.counts.view(self.classes, -1)
        cells = torch.multinomial(shares[labels], 1, generator=generator)[:, 0]
        return self._pictures(labels * shares.shape[1] + cells, generator)

    def draw(
        self, n: int, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """n pictures and their labels int64 [n], classes as often as in the data."""
        cells = torch.multinomial(self.counts, n, True, generator=generator)
        parts = [self._pictures(part, generator) for part in cells.split(CHUNK)]
        return torch.cat(parts), cells // (len(self.counts) // self.classes)

    def classify(self, images: Tensor) -> Tensor:
        """The most probable class of each picture under these Gaussians, int64 [N]."""
        points = (releases.rows(images) - self.centre) @ self.basis
        scores = []
        for mean, root, count in zip(self.means, self._roots, self.counts, strict=True):
            z = torch.linalg.solve_triangular(root, (points - mean).T, upper=False)
            scores.append(count.log() - root.diagonal().log().sum() - (z**2).sum(0) / 2)
        cells = torch.stack(scores, 1).view(len(points), self.classes, -1)
        return cells.logsumexp(2).argmax(1)

    def explain(self) -> str:
        """Which release took which mu, and what they add up to."""
        epsilon, delta = self.spent
        if math.isinf(epsilon):
            return "No noise was added: this generator promises nothing."
        pairs = zip(NAMES, self.mus, strict=False)
        told = ", ".join(f"{name} {mu:.4f}" for name, mu in pairs)
        total = math.hypot(*self.mus)
        return (
            f"mu of the releases: {told}; together {total:.4f}, which is epsilon ="
            f" {epsilon:g} at delta = {delta:g}."
        )

    def state_dict(self) -> dict[str, Tensor]:
        """All that was released, for `safetensors.torch.save_file`."""
        names = "centre", "basis", "outside", "counts", "means", "covariances"
        return {name: getattr(self, name).contiguous() for name in names}

    def _pictures(self, cells: Tensor, generator: torch.Generator | None) -> Tensor:
        """One picture of each Gaussian asked for, [n, 1, 28, 28] in [-1, 1]."""
        size, shape = len(cells), self.basis.shape
        inside = torch.randn(size, shape[1], generator=generator, dtype=torch.float64)
        rest = torch.randn(size, shape[0], generator=generator, dtype=torch.float64)
        rest = rest * self.outside
        moved = torch.einsum("nij,nj->ni", self._roots[cells], inside)
        points = self.means[cells] + moved - rest @ self.basis
        pixels = straight.draw(self.centre + points @ self.basis.T + rest)
        return varied(2 * pixels[:, None] - 1, generator)


def fit_private(
    images: Tensor,
    labels: Tensor,
    epsilon: float,
    delta: float = 1e-5,
    *,
    classes: int = 10,
    generator: torch.Generator | None = None,
    settings: Settings | None = None,
) -> PrivateGenerator:
    """A generator that keeps (epsilon, delta) about each picture with its label.

    images: [N, 1, 28, 28], float in [-1, 1] or uint8; labels int [N]. epsilon may be
    infinity: no noise, no promise. settings: by default those of `settings_for`.
    Neighbours have one example more or less; that there are about N of them, as
    delta < 1/N needs, counts as known. Numbers are computed in double precision and the
    noise comes from an ordinary generator: a promise against an attacker who predicts
    it would need a cryptographic one. Whoever knows the seed can subtract the noise:
    the seeds in this course are public and show what a secret one would give.

    Raises CourseError for epsilon <= 0, delta >= 1/N, images or labels of another
    kind, and settings without one share for each release.
    """
    check(epsilon, delta, len(images))
    settings = settings or settings_for(epsilon)
    releases.check_shares(len(settings.shares), settings.halvings)
    if len(labels) != len(images):
        raise CourseError(f"There are {len(images)} images and {len(labels)} labels.")
    mus = split(gaussian_mu(epsilon, delta), *settings.shares)
    noises = [1 / mu for mu in mus]  # 0 for an infinite mu
    rows = releases.rows(images)
    found = releases.release(rows, labels, classes, noises, settings, generator)
    return PrivateGenerator(found, classes, (epsilon, delta), mus)
