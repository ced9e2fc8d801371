"""Named recipes: networks with the settings that train them well."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aigc_course import training
from aigc_course.vae.conditional import conditional
from aigc_course.vae.denoising import DenoisingVAE
from aigc_course.vae.learner import VAE
from aigc_course.vae.networks import Networks, classic, convolutional, deep
from aigc_course.vae.observations import Gaussian
from aigc_course.vae.spatial import spatial
from aigc_course.vae.vq import VQVAE, VQNetworks


@dataclass(frozen=True)
class Recipe(training.Recipe):
    """How to make the networks, the batch size, and the settings of the learner.

    bf16: whether computing in bfloat16 has been seen to cost no quality.
    learner: VAE, DenoisingVAE or VQVAE. steps: for how many it was made, where its
    benchmark says so. labels: whether its networks are conditional.
    """

    networks: Callable[[], Any]
    batch_size: int
    settings: dict[str, Any] = field(default_factory=dict)
    bf16: bool = False
    learner: type[VAE] | type[VQVAE] = VAE
    steps: int | None = None
    labels: bool = False

    temperature = True

    def parts(self, settings: dict[str, Any]) -> tuple[Any, ...]:
        """Fresh networks."""
        return (self.networks(),)


# A high rate that rises over the first images and falls to zero: in half a minute's
# training it was seen to beat half that rate. The average takes out what noise is left.
FAST: dict[str, Any] = {
    "lr": 2e-3,
    "lr_warmup": 40_000,
    "decay_start": 0.3,
    "final_lr_factor": 0.0,
    "ema": 50_000,
}

RECIPES = {
    # the KL rises over the first third, so that more latents stay in use
    ("vae", "fast"): Recipe(deep, 128, {**FAST, "kl_warmup": 0.3}, bf16=True),
    # Adam as it comes: what most first tutorials do
    ("vae", "reference"): Recipe(classic, 128),
    ("conv-vae", "fast"): Recipe(convolutional, 128, FAST, bf16=True),
    # beta 2 keeps the class out of the latents: more samples show what was asked for
    ("cvae", "fast"): Recipe(
        conditional, 128, {**FAST, "beta": 2.0}, bf16=True, labels=True
    ),
    ("vq-vae", "fast"): Recipe(
        VQNetworks,
        128,
        {"lr": 1e-3, "decay_start": 0.5, "final_lr_factor": 0.0},
        bf16=True,
        learner=VQVAE,
    ),
}
MODELS = RECIPES  # what `aigc train` offers


def _denoiser() -> Networks:
    # standard deviation 0.1, about that of the errors left. The cross-entropy of grey
    # values was seen to cost most of a decibel, even with the KL weighed by 0.1.
    return spatial(8, 32, 2, Gaussian(0.1, squashed=False))


# Removes noise of standard deviation 0.5 on the [0, 1] scale of pixels. An image is
# 8 latents at each of 7 x 7 places. Fully connected networks around 64 latents were
# seen to stay a decibel behind in the same time.
DENOISER = Recipe(
    _denoiser,
    128,
    {**FAST, "noise": 0.5},
    bf16=True,
    learner=DenoisingVAE,
    steps=1_500,
)


def _codec() -> VQNetworks:
    return VQNetworks(codes=8, d=8, blocks=2)


# Digits in few bits: a VQ-VAE whose codes know of the whole image and so need not say
# twice what their neighbours say (study `compression`). CODEC_PRIOR are the
# settings of the `CodePrior` that goes with it, a PixelCNN.
CODEC = Recipe(
    _codec,
    128,
    {"lr": 1e-3, "decay_start": 0.5, "final_lr_factor": 0.0},
    bf16=True,
    learner=VQVAE,
    steps=1_000,
)
CODEC_PRIOR: dict[str, Any] = {"width": 64, "blocks": 3}
