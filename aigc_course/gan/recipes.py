"""Named recipes: networks with the settings that train them well."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch

from aigc_course.errors import CourseError
from aigc_course.gan.learner import GAN
from aigc_course.gan.networks import (
    DCGANDiscriminator,
    DCGANGenerator,
    Discriminator,
    Generator,
    MLPDiscriminator,
    MLPGenerator,
)
from aigc_course.training.device import bf16_pays


@dataclass(frozen=True)
class Recipe:
    """How to make the two networks, the batch size, and the settings of the learner.

    bf16: whether computing in bfloat16 has been seen to cost no quality.
    learner: the kind of GAN.
    """

    generator: Callable[[], Generator]
    discriminator: Callable[[], Discriminator]
    batch_size: int
    settings: dict[str, Any] = field(default_factory=dict)
    bf16: bool = False
    learner: type[GAN] = GAN

    def build(self, device: torch.device | str = "cpu", **changes: Any) -> GAN:
        """A fresh GAN, with `changes` to the settings if there are any.

        Its weights come from torch's global random generator.
        """
        nets = self.generator(), self.discriminator()
        bf16 = self.bf16 and bf16_pays(torch.device(device))
        settings = {"bf16": bf16, **self.settings, **changes}
        return self.learner(*nets, **settings, device=device)


# Found by search on two CPU cores. The fall to zero brings most of the quality. With a
# shorter start some seeds are lost in the first few hundred steps: D wins, G collapses.
FAST = {
    "lr": 2e-3,
    "betas": (0.5, 0.99),
    "ema": 100_000,
    "warm": 25_000,
    "hold": 0.5,
    "final": 0.0,
}

RECIPES = {
    ("dcgan", "fast"): Recipe(DCGANGenerator, DCGANDiscriminator, 64, FAST, bf16=True),
    ("dcgan", "reference"): Recipe(
        partial(DCGANGenerator, "reference"),
        partial(DCGANDiscriminator, "reference"),
        64,
        {"lr": 1e-4, "betas": (0.9, 0.999)},
        bf16=True,
    ),
    ("mlp-gan", "fast"): Recipe(
        MLPGenerator, MLPDiscriminator, 64, {**FAST, "lr": 5e-4}
    ),
    ("mlp-gan", "reference"): Recipe(
        MLPGenerator, MLPDiscriminator, 64, {"lr": 2e-4, "betas": (0.5, 0.999)}
    ),
}


def recipe(model: str, preset: str = "fast") -> Recipe:
    """The recipe of a model ("dcgan", "mlp-gan") in a preset ("fast", "reference").

    Raises CourseError for an unknown pair, listing the known ones.
    """
    if (model, preset) not in RECIPES:
        known = ", ".join(f"{m} {p}" for m, p in RECIPES)
        raise CourseError(f"There is no recipe {model} {preset}; choose from: {known}.")
    return RECIPES[model, preset]


def build(
    model: str = "dcgan", preset: str = "fast", device: torch.device | str = "cpu"
) -> GAN:
    """A fresh GAN by name. Raises CourseError for an unknown name."""
    return recipe(model, preset).build(device)
