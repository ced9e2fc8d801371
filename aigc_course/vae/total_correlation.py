"""The beta-TCVAE: only the dependence between latents is charged more."""

import math
from typing import Any

from torch import Tensor

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.training.learner import images_and_labels
from aigc_course.training.shares import whole
from aigc_course.vae import losses
from aigc_course.vae.health import active_share
from aigc_course.vae.learner import VAE
from aigc_course.vae.networks import Networks


def total_correlation(z: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(q(z) || prod_j q(z_j)), estimated within a batch: a scalar, in nats.

    q(z) is taken as the mean of q(z|x) over the batch. Chen et al. 2018, section 4.1,
    weight the terms otherwise, which adds a constant: the gradient is theirs. The
    estimate is at most log N and rough unless N is large.

    z: [N, d], one latent for each image. mean, log_variance: of q(z|x), [N, d]. Raises
    CourseError for other shapes.
    """
    validate.pair(mean, log_variance)
    if z.shape != mean.shape or z.ndim != 2:
        raise CourseError(
            f"Latents are [N, d] as their means are; got {list(z.shape)} and"
            f" {list(mean.shape)}."
        )
    squares = (z[:, None] - mean).square() * (-log_variance).exp()
    # log q(z_ij | x_l), [N, N, d]
    log_q = -(squares + log_variance + losses.LOG_2PI) / 2
    log_n = math.log(len(z))
    joint = log_q.sum(2).logsumexp(1) - log_n  # log q(z), [N]
    single = (log_q.logsumexp(1) - log_n).sum(1)  # sum_j log q(z_j), [N]
    return (joint - single).mean()


class TCVAE(VAE):
    """Charges the total correlation `beta` times, and the rest of the KL once.

    E_q[log p(x|z)] - KL(q(z|x) || p(z)) - (beta - 1) TC    (Chen et al. 2018, eq. 4)

    With beta = 1 it is the VAE. settings: those of `VAE` without free_bits and samples,
    which do not go with it.
    """

    def __init__(self, networks: Networks, beta: float, **settings: Any) -> None:
        if {"free_bits", "samples"} & set(settings):
            raise CourseError("A beta-TCVAE takes neither free_bits nor samples.")
        super().__init__(networks, beta=beta, **settings)

    def step(self, batch: Any) -> dict[str, Tensor]:
        """Learn from images [B, 1, 28, 28] in [-1, 1]; returns what `VAE.step` does."""
        images, labels = images_and_labels(batch)
        x = self.observe(images)
        mean, log_variance = self.networks.encode(x, labels)
        z = losses.reparameterise(mean, log_variance)  # [B, latent]
        log_px = self.networks.log_likelihood(x, z, labels)
        kl = losses.kl_standard_normal(mean, log_variance)  # [B]
        batch = map(whole, (z, mean, log_variance))
        excess = (self.weight - 1) * total_correlation(*batch)
        loss = kl.mean() - log_px.mean() + excess
        self.descent.descend(loss, len(x))
        seen = {"loss": loss, "reconstruction": -log_px.mean(), "KL": kl.mean()}
        seen["active"] = active_share(mean)
        return {name: value.detach() for name, value in seen.items()}
