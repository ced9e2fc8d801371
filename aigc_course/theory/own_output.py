"""Digits drawn by a model that was fitted to digits drawn by a model, and so on.

`feed` knows no kind of model: `fit` makes one from images and labels. What is ready
here is the simplest, one Gaussian per class. For the shares of classes the laws of
`theory.collapse` are exact. The variance of pixels falls faster than they say: pixels
are cut to 0..255 in each generation, and this error adds up, also where data
accumulate.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_course import validate
from aigc_course.errors import CourseError

Draw = Callable[[int, torch.Generator], tuple[Tensor, Tensor]]
Fit = Callable[[Tensor, Tensor], Draw]


@dataclass(frozen=True, eq=False)
class Digits:
    """images uint8 [n, 1, 28, 28] and labels int64 [n] of one generation."""

    images: Tensor
    labels: Tensor

    def diversity(self) -> float:
        """1 - sum p_c^2: the chance that two of them, put back, differ in class."""
        shares = torch.bincount(self.labels).double() / len(self.labels)
        return 1 - float((shares**2).sum())

    def variance(self) -> float:
        """Mean variance of a pixel within its class, pixels in [0, 1]."""
        x = self.images.flatten(1).double() / 255  # [n, 784]
        counts = torch.bincount(self.labels)
        parts = [
            float(x[self.labels == c].var(0, correction=0).mean() * counts[c])
            for c in counts.nonzero().flatten().tolist()
        ]
        return sum(parts) / len(x)


def feed(
    images: Tensor,
    labels: Tensor,
    fit: Fit,
    generations: int,
    accumulate: bool = False,
    seed: int = 0,
) -> list[Digits]:
    """Generations 0 (the given digits), 1, ..., each as large as the first.

    Model k is fitted to generation k - 1, or when accumulating to all of 0 ... k - 1,
    and draws generation k. images: uint8 [n, 1, 28, 28]; labels: int64 [n]. Raises
    CourseError for other images and labels.
    """
    validate.whole(generations, "The number of generations")
    _check(images, labels)
    generator = torch.Generator().manual_seed(seed)
    found = [Digits(images, labels)]
    for _ in range(generations):
        shown = found if accumulate else found[-1:]
        draw = fit(
            torch.cat([one.images for one in shown]),
            torch.cat([one.labels for one in shown]),
        )
        found.append(Digits(*draw(len(images), generator)))
    return found


def class_gaussians(images: Tensor, labels: Tensor, components: int = 50) -> Draw:
    """Class shares and, per class, the ML Gaussian in PCA coordinates of the images.

    components: directions that are kept; at most as many as there are pictures.
    Raises CourseError for images and labels that do not fit.
    """
    _check(images, labels)
    x = images.flatten(1).double() / 255  # [n, 784]
    centre = x.mean(0)
    _, vectors = torch.linalg.eigh((x - centre).T @ (x - centre))
    axes = vectors[:, -min(components, len(x)) :]  # [784, k], the largest last
    seen = (x - centre) @ axes  # [n, k]
    counts = torch.bincount(labels)
    classes = {
        c: _gaussian(seen[labels == c]) for c in counts.nonzero().flatten().tolist()
    }

    def draw(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        drawn = torch.multinomial(
            counts.double(), n, replacement=True, generator=generator
        )
        noise = torch.randn(n, axes.shape[1], dtype=x.dtype, generator=generator)
        for c, (mean, root) in classes.items():
            noise[drawn == c] = mean + noise[drawn == c] @ root
        pixels = (centre + noise @ axes.T).clamp(0, 1)
        return (255 * pixels).round().byte().reshape(n, 1, 28, 28), drawn

    return draw


def _gaussian(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Mean [k] and the root [k, k] of the ML covariance, of rows [n, k]."""
    mean = rows.mean(0)
    covariance = (rows - mean).T @ (rows - mean) / len(rows)
    values, vectors = torch.linalg.eigh(covariance)
    return mean, vectors * values.clamp_min(0).sqrt() @ vectors.T


def _check(images: Tensor, labels: Tensor) -> None:
    fits = images.ndim == 4 and tuple(images.shape[1:]) == validate.IMAGE
    if images.dtype != torch.uint8 or not fits or not len(images):
        raise CourseError(
            "Digits are uint8 [N, 1, 28, 28], at least one; got"
            f" {images.dtype} of shape {list(images.shape)}."
        )
    validate.labels(labels, len(images), 10)
