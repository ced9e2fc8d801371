"""Named recipes: networks with the settings that train them well."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from aigc_course.training.device import bf16_pays
from aigc_course.vae.conditional import conditional
from aigc_course.vae.learner import VAE
from aigc_course.vae.networks import classic, convolutional, deep
from aigc_course.vae.vq import VQVAE, VQNetworks


@dataclass(frozen=True)
class Recipe:
    """How to make the networks, the batch size, and the settings of the learner.

    bf16: whether computing in bfloat16 has been seen to cost no quality.
    learner: VAE or VQVAE.
    """

    networks: Callable[[], Any]
    batch_size: int
    settings: dict[str, Any] = field(default_factory=dict)
    bf16: bool = False
    learner: type[VAE] | type[VQVAE] = VAE

    def build(self, device: torch.device | str = "cpu", **changes: Any) -> VAE | VQVAE:
        """A fresh learner, with `changes` to the settings if there are any.

        Its weights come from torch's global random generator.
        """
        bf16 = self.bf16 and bf16_pays(torch.device(device))
        settings = {"bf16": bf16, **self.settings, **changes}
        return self.learner(self.networks(), **settings, device=device)


# A high rate that rises over the first images and falls to zero: in half a minute's
# training it was seen to beat half that rate. The average takes out what noise is left.
FAST: dict[str, Any] = {
    "lr": 2e-3,
    "rise": 40_000,
    "hold": 0.3,
    "final": 0.0,
    "ema": 50_000,
}

RECIPES = {
    # the KL rises over the first third, so that more latents stay in use
    ("vae", "fast"): Recipe(deep, 128, {**FAST, "warm": 0.3}, bf16=True),
    # Adam as it comes: what most first tutorials do
    ("vae", "reference"): Recipe(classic, 128),
    ("conv-vae", "fast"): Recipe(convolutional, 128, FAST, bf16=True),
    # beta 2 keeps the class out of the latents: more samples show what was asked for
    ("cvae", "fast"): Recipe(conditional, 128, {**FAST, "beta": 2.0}, bf16=True),
    ("vq-vae", "fast"): Recipe(
        VQNetworks,
        128,
        {"lr": 1e-3, "hold": 0.5, "final": 0.0},
        bf16=True,
        learner=VQVAE,
    ),
}
