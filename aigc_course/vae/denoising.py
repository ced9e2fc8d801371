"""Denoising: the encoder is shown noise, the decoder is held to the clean image."""

from typing import Any

import torch
from torch import Tensor

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.vae import losses
from aigc_course.vae.learner import VAE
from aigc_course.vae.networks import Networks


class DenoisingVAE(VAE):
    """A VAE whose encoder sees x + noise e, e ~ N(0, I), and rebuilds x.

    E_q(z|x~)[log p(x|z)] - beta KL(q(z|x~) || p(z))    (Im et al. 2017)

    With beta = 0 it is a denoising autoencoder with a noisy code (Vincent et al. 2008).

    noise: standard deviation on the [0, 1] scale of pixels. settings: those of `VAE`;
    grey values are kept unless `binarised` is given. Raises CourseError for a negative
    noise, and as `VAE` does.
    """

    def __init__(self, networks: Networks, noise: float, **settings: Any) -> None:
        validate.at_least_zero(noise, "The noise")
        super().__init__(networks, **{"binarised": False, **settings})
        self.noise = noise

    def corrupt(self, x: Tensor) -> Tensor:
        """Pixels with fresh noise; they may leave [0, 1]."""
        return x + self.noise * torch.randn_like(x)

    def denoise(
        self,
        noisy: Tensor,
        labels: Tensor | None = None,
        *,
        samples: int = 0,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """The clean image as the model expects it: [N, 1, 28, 28] in [-1, 1].

        samples: k latents per image are drawn, and their images averaged:

            E[x|x~] = E_{z ~ q(z|x~)} E[x|z]

        No other guess has a smaller expected squared error, if the model is right; that
        it is a mean makes it soft where x~ leaves several images possible. With 0 it is
        E[x|z] at the posterior mean of z, which takes a k-th of the time and is close.

        noisy: clean images in [-1, 1] plus noise, [N, 1, 28, 28]; noise of standard
        deviation s on the [0, 1] scale is 2 s here. Raises CourseError for another
        shape or type, for NaN or infinite values, and samples below 0.
        """
        validate.whole(samples, "The number of samples", 0)
        if noisy.shape[1:] != validate.IMAGE or not noisy.is_floating_point():
            raise CourseError(
                "Noisy images are float [N, 1, 28, 28]; got"
                f" {noisy.dtype} {list(noisy.shape)}."
            )
        validate.finite(noisy, "noisy images")
        mean, log_variance = self._encode((noisy + 1) / 2, labels)
        if not samples:
            return self.decode(mean, labels)
        total = torch.zeros_like(noisy)
        for _ in range(samples):
            z = losses.reparameterise(mean, log_variance, generator=generator)
            total += self.decode(z, labels)
        return total / samples
