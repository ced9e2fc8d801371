"""How probable images are under a model: log p(x) by importance sampling."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.vae import losses

CHUNK = 5_000  # latents decoded at once; 784 numbers each, about 16 MB a layer


class LatentModel(Protocol):
    """A model p(z) p(x|z) with p(z) = N(0, I), and an encoder q(z|x)."""

    def encode(self, x: Tensor, labels: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of q(z|x), [N, latent] each."""
        ...

    def log_likelihood(
        self, x: Tensor, z: Tensor, labels: Tensor | None = None
    ) -> Tensor:
        """log p(x|z): x [N, ...] and z [k, N, latent] to [k, N]."""
        ...


@dataclass(frozen=True)
class LogEvidence:
    """Estimates of log p(x), one per image, and how far to trust them.

    log_p: [N], in nats. errors: [N], their standard errors from the spread of the
    weights. The estimate is too low on average by about errors^2 / 2, and both are too
    small where q misses mass of the posterior. samples: k.
    """

    log_p: Tensor
    errors: Tensor
    samples: int

    @property
    def mean(self) -> float:
        """Mean of log p over the images."""
        return float(self.log_p.mean())

    @property
    def error(self) -> float:
        """Standard error of `mean` from sampling the latents alone, images fixed."""
        return float(self.errors.square().sum().sqrt() / len(self.errors))

    @property
    def image_error(self) -> float:
        """Standard error of `mean` over the choice of the images, drawn at random.

        Their spread / sqrt(N), and NaN for one image. It contains what the latents add.
        """
        n = len(self.log_p)
        return float(self.log_p.double().std() / n**0.5) if n > 1 else math.nan

    def __str__(self) -> str:
        return (
            f"-log p(x) = {-self.mean:.2f} nats ({len(self.log_p):,} images,"
            f" {self.samples:,} importance samples); standard error"
            f" {self.error:.2g} over proposals, {self.image_error:.2g} over images"
        )


def log_weights(
    model: LatentModel,
    x: Tensor,
    samples: int,
    *,
    labels: Tensor | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    """log p(x|z_i) + log p(z_i) - log q(z_i|x) at z_i ~ q(z|x): [samples, N].

    Burda et al. 2016, section 3. x as the model takes it.
    """
    mean, log_variance = model.encode(x, labels)
    z = losses.reparameterise(mean, log_variance, samples, generator)
    return model.log_likelihood(x, z, labels) - losses.kl_monte_carlo(
        z, mean, log_variance
    )


@torch.no_grad()
def importance_sampled(
    model: LatentModel,
    x: Tensor,
    samples: int = 1000,
    *,
    labels: Tensor | None = None,
    batch: int = 100,
    generator: torch.Generator | None = None,
) -> LogEvidence:
    """log p(x) of each image, estimated with `samples` latents from its posterior.

    log p(x) ~ log 1/k sum_i p(x|z_i) p(z_i) / q(z_i|x)    (Burda et al. 2016, eq. 8)

    x: [N, ...] as the model takes it (a `Networks` takes pixels in [0, 1]); the model
    should be in evaluation mode. labels: [N] for a conditional model. batch: images at
    a time; of their latents at most CHUNK are decoded at once, so that memory depends
    on neither N nor k. Raises CourseError for no images, fewer than 2 samples, or where
    a weight is NaN.
    """
    validate.whole(samples, "The number of importance samples", 2)
    validate.whole(batch, "The number of images in a batch")
    if not len(x):
        raise CourseError("There is no image to estimate log p of (N = 0).")
    parts = []
    for rows in torch.arange(len(x)).split(batch):
        some = None if labels is None else labels[rows]
        parts.append(_one_batch(model, x[rows], some, samples, generator))
    log_p, errors = (torch.cat(column) for column in zip(*parts, strict=True))
    return LogEvidence(log_p, errors, samples)


def _one_batch(
    model: LatentModel,
    x: Tensor,
    labels: Tensor | None,
    k: int,
    generator: torch.Generator | None,
) -> tuple[Tensor, Tensor]:
    mean, log_variance = model.encode(x, labels)
    first = second = torch.full((len(x),), -math.inf, dtype=torch.float64)
    for size in _sizes(k, max(1, CHUNK // len(x))):
        z = losses.reparameterise(mean, log_variance, size, generator)
        log_w = model.log_likelihood(x, z, labels)  # [size, N]
        log_w = log_w - losses.kl_monte_carlo(z, mean, log_variance)
        log_w = log_w.double().cpu()
        # log sum w and log sum w^2, over the chunks so far
        first = torch.logaddexp(first, log_w.logsumexp(0))
        second = torch.logaddexp(second, (2 * log_w).logsumexp(0))
    if not bool(first.isfinite().all()):
        raise CourseError(
            "An importance weight is NaN or infinite: look for NaN in the images and in"
            " the model's weights."
        )
    # var(w) / mean(w)^2 = k sum w^2 / (sum w)^2 - 1, and d log w = dw / w
    relative = (math.log(k) + second - 2 * first).expm1().clamp(min=0)
    return first - math.log(k), (relative / (k - 1)).sqrt()


def _sizes(total: int, most: int) -> Iterator[int]:
    for start in range(0, total, most):
        yield min(most, total - start)
