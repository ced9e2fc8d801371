"""The VAE: encoder and decoder trained on one bound, and sampled from."""

from typing import Any

import torch
from torch import Tensor

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.training.health import Rule
from aigc_course.training.learner import (
    CHUNK,
    Learner,
    Optimiser,
    images_and_labels,
    placed,
)
from aigc_course.training.shares import whole
from aigc_course.vae import evidence, losses
from aigc_course.vae.health import active_share, active_units, posterior_collapsed
from aigc_course.vae.networks import Networks
from aigc_course.vae.observations import Bernoulli, binarise, to_signed, to_unit


class VAE(Learner[Networks]):
    """Variational autoencoder (Kingma & Welling 2014, algorithm 1).

    networks: encoder, decoder and likelihood, from `vae.classic` and the like.
    binarised: each pixel is drawn as 0 or 1 anew in every batch; None does so where
        the likelihood is Bernoulli.
    beta: weight of the KL (Higgins et al. 2017). kl_warmup: share of the training over
        which it rises from 0, linearly (Bowman et al. 2016).
    free_bits: nats that each latent may cost without pressure (Kingma et al. 2016).
    samples: latents per image, k. Above 1 the bound is that of the importance-weighted
        autoencoder (Burda et al. 2016).
    lr, betas, decay_start, final_lr_factor, max_grad_norm, ema, lr_warmup: see
        `training.Optimiser`; with an ema the averaged weights are the ones sampled from
        and evaluated.
    bf16: ask `training.fit` to compute inside the networks in bfloat16.

    Images are [N, 1, 28, 28] in [-1, 1] in and out; `observe` and `to_signed` are where
    they change to [0, 1] and back. Conditional networks take batches (images, labels).

    Raises CourseError for settings that make no sense together.
    """

    symptoms: tuple[Rule, ...] = (posterior_collapsed,)

    def __init__(
        self,
        networks: Networks,
        *,
        binarised: bool | None = None,
        beta: float = 1.0,
        kl_warmup: float = 0.0,
        free_bits: float = 0.0,
        samples: int = 1,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        decay_start: float = 1.0,
        final_lr_factor: float = 1.0,
        max_grad_norm: float | None = None,
        ema: float | None = None,
        lr_warmup: float = 0,
        bf16: bool = False,
        device: torch.device | str = "cpu",
    ) -> None:
        _check(beta, kl_warmup, free_bits, samples)
        optimiser = Optimiser(
            placed(networks, device),
            lr,
            betas,
            decay_start=decay_start,
            final_lr_factor=final_lr_factor,
            max_grad_norm=max_grad_norm,
            ema=ema,
            lr_warmup=lr_warmup,
        )
        super().__init__(descent=optimiser)
        if binarised is None:
            binarised = isinstance(networks.observation, Bernoulli)
        self.binarised, self.samples, self.bf16 = binarised, samples, bf16
        self.beta, self.kl_warmup, self.free_bits = beta, kl_warmup, free_bits
        self.weight = beta  # of the KL at this moment

    def step(self, batch: Any) -> dict[str, Tensor]:
        """Learn from images [B, 1, 28, 28] in [-1, 1], or a pair (images, labels [B]).

        Returns the loss, -E[log p(x|z)] and the KL, in nats per image, and the share
        of latents that are active in this batch.
        """
        images, labels = images_and_labels(batch)
        x = self.observe(images)  # [B, 1, 28, 28] in [0, 1]

        # q(z|x), [B, latent] each
        mean, log_variance = self.networks.encode(self.corrupt(x), labels)
        z = losses.reparameterise(mean, log_variance, self.samples)  # [k, B, latent]
        log_px = self.networks.log_likelihood(x, z, labels)  # log p(x|z), [k, B]
        kl = losses.kl_per_latent(mean, log_variance)  # [B, latent]

        if self.samples == 1:
            # -ELBO = -E_q[log p(x|z)] + beta KL(q(z|x) || p(z))
            cost = losses.free_bits(whole(kl), self.free_bits)
            loss = self.weight * cost - log_px.mean()
        else:
            # -L_k = -log 1/k sum_i w_i,
            # log w = log p(x|z) - beta (log q(z|x) - log p(z))
            excess = losses.kl_monte_carlo(z, mean, log_variance)  # [k, B]
            log_w = log_px - self.weight * excess
            loss = -losses.importance_weighted_bound(log_w).mean()
        self.descent.descend(loss, len(x))

        seen = {"loss": loss, "reconstruction": -log_px.mean(), "KL": kl.sum(1).mean()}
        seen["active"] = active_share(mean)
        return {name: value.detach() for name, value in seen.items()}

    def observe(
        self, images: Tensor, generator: torch.Generator | None = None
    ) -> Tensor:
        """Images in [-1, 1] to what the networks see: [0, 1], or 0 and 1 if binarised.

        Raises CourseError for images of another shape or range, and NaN.
        """
        x = to_unit(images)
        return binarise(x, generator) if self.binarised else x

    def corrupt(self, x: Tensor) -> Tensor:
        """What the encoder is shown of pixels in [0, 1] while it learns: all."""
        return x

    def anneal(self, progress: float) -> None:
        """Set the KL's weight and the learning rate for this share of the training."""
        # beta min(1, progress / kl_warmup)
        self.weight = self.beta * min(
            1.0, progress / self.kl_warmup if self.kl_warmup else 1.0
        )
        super().anneal(progress)

    @torch.no_grad()
    def sample(
        self,
        n: int,
        generator: torch.Generator | None = None,
        temperature: float = 1.0,
        labels: Tensor | None = None,
    ) -> Tensor:
        """Draw n images E[x|z], z ~ N(0, temperature^2 I): [n, 1, 28, 28] in [-1, 1].

        labels: int [n] for conditional networks; None goes through the classes in turn.
        Raises CourseError when n is not positive, or labels do not fit.
        """
        validate.whole(n, "The number of samples")
        validate.at_least_zero(temperature, "The temperature")
        device = generator.device if generator else self.device
        z = torch.randn(n, self.networks.latent, generator=generator, device=device)
        if labels is None and self.networks.classes:
            labels = torch.arange(n) % self.networks.classes
        return self.decode(temperature * z, labels)

    @torch.no_grad()
    def decode(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """E[x|z] for latents [N, latent]: images [N, 1, 28, 28] in [-1, 1].

        Raises CourseError for another latent size, or labels that do not fit.
        """
        networks, z = self.trained(), validate.latents(z, self.networks.latent)
        labels = validate.labels(labels, len(z), self.networks.classes)
        rows = [
            networks.decode(z[some].to(self.device), self._pick(labels, some))
            for some in torch.arange(len(z)).split(CHUNK)
        ]
        return to_signed(torch.cat(rows)).float().contiguous()

    def encode(
        self, images: Tensor, labels: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of q(z|x), [N, latent] each, for images in [-1, 1].

        The grey values are encoded as they are: a mean over binarised images would need
        many of them. Raises CourseError for images or labels that do not fit.
        """
        return self._encode(to_unit(images), labels)

    def reconstruct(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """E[x|z] at z = the posterior mean, of images [N, 1, 28, 28] in [-1, 1]."""
        return self.decode(self.encode(images, labels)[0], labels)

    def active_units(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Which latents differ between these images (`health.active_units`)."""
        return active_units(self.encode(images, labels)[0])

    def log_p(
        self,
        images: Tensor,
        samples: int = 1000,
        labels: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> evidence.LogEvidence:
        """log p(x) by importance sampling (`evidence.importance_sampled`).

        images: [N, 1, 28, 28] in [-1, 1], binarised once if the model was trained so.
        """
        x = self.observe(images, generator).to(self.device)
        labels = validate.labels(labels, len(x), self.networks.classes)
        return evidence.importance_sampled(
            self.trained(), x, samples, labels=labels, generator=generator
        )

    def state_dict(self) -> dict[str, Any]:
        """Networks, optimiser, average, and the KL's weight."""
        return {**super().state_dict(), "weight": self.weight}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state; KeyError or RuntimeError if it does not fit."""
        super().load_state_dict(state)
        self.weight = state["weight"]

    @torch.no_grad()
    def _encode(self, x: Tensor, labels: Tensor | None) -> tuple[Tensor, Tensor]:
        networks = self.trained()
        labels = validate.labels(labels, len(x), self.networks.classes)
        pairs = [
            networks.encode(x[some].to(self.device), self._pick(labels, some))
            for some in torch.arange(len(x)).split(CHUNK)
        ]
        mean, log_variance = (torch.cat(part) for part in zip(*pairs, strict=True))
        return mean, log_variance

    def _pick(self, labels: Tensor | None, rows: Tensor) -> Tensor | None:
        return None if labels is None else labels[rows].to(self.device)


def _check(beta: float, kl_warmup: float, free_bits: float, samples: int) -> None:
    validate.at_least_zero(beta, "beta")
    validate.share(kl_warmup, "kl_warmup")
    validate.at_least_zero(free_bits, "free_bits")
    validate.whole(samples, "The number of samples k")
    if samples > 1 and free_bits > 0:
        raise CourseError(
            "Free bits need the KL of each latent, which the importance-weighted bound"
            " has not: leave out free_bits, or take samples=1."
        )
