"""How well a VAE explains images it has not seen: ELBO, log p, latents in use."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from aigc_course import validate
from aigc_course.training.learner import CHUNK
from aigc_course.vae import evidence, losses
from aigc_course.vae.health import active_units, describe_units
from aigc_course.vae.learner import VAE


@dataclass(frozen=True, eq=False)
class Judgement:
    """What a VAE makes of some images, in nats per image.

    elbo: mean of the bound, one latent per image. log_p: its estimate by importance
    sampling. means: posterior means [N, latent]. binarised: whether each pixel was
    drawn once as 0 or 1 first; figures with and without have nothing in common.
    """

    elbo: float
    log_p: evidence.LogEvidence
    means: Tensor
    binarised: bool

    def __str__(self) -> str:
        pixels = "each pixel drawn once as 0 or 1" if self.binarised else "grey values"
        return "\n".join(
            [
                f"-ELBO = {-self.elbo:.2f} nats, {self.log_p} ({pixels})",
                describe_units(self.means),
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        """The same as plain numbers, ready for JSON."""
        return {
            "elbo": self.elbo,
            "log_p": self.log_p.mean,
            "log_p_error": self.log_p.error,
            "log_p_image_error": self.log_p.image_error,
            "importance_samples": self.log_p.samples,
            "images": len(self.means),
            "binarised": self.binarised,
            "active_units": int(active_units(self.means).sum()),
            "latents": self.means.shape[1],
        }


@torch.no_grad()
def judge(
    model: VAE,
    images: Tensor,
    labels: Tensor | None = None,
    *,
    samples: int = 100,
    generator: torch.Generator | None = None,
) -> Judgement:
    """Judge a VAE by images [N, 1, 28, 28] in [-1, 1], N from 2 up.

    labels: int [N] for conditional networks; the figures are then of x given its label.
    samples: latents per image for log p, which is too low on average by less the more
    there are. Raises CourseError for images or labels that do not fit.
    """
    networks = model.trained()
    labels = validate.labels(labels, len(images), networks.classes)
    x = model.observe(images, generator)  # one binarisation for all figures
    means, bounds = [], []
    for rows in torch.arange(len(x)).split(CHUNK):
        some = None if labels is None else labels[rows]
        mean, log_variance = networks.encode(x[rows], some)
        z = losses.reparameterise(mean, log_variance, generator=generator)
        log_px = networks.log_likelihood(x[rows], z, some)  # [n]
        kl = losses.kl_standard_normal(mean, log_variance)
        means.append(mean)
        bounds.append(losses.elbo(log_px, kl))
    log_p = evidence.importance_sampled(
        networks, x, samples, labels=labels, generator=generator
    )
    elbo = float(torch.cat(bounds).mean())
    return Judgement(elbo, log_p, torch.cat(means), model.binarised)
