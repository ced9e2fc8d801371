"""Named recipes: networks with the settings that train them well."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch

from aigc_course import training
from aigc_course.errors import CourseError
from aigc_course.gan.conditional import DISCRIMINATORS, ConditionalGenerator
from aigc_course.gan.conditional_learner import ConditionalGAN
from aigc_course.gan.learner import GAN
from aigc_course.gan.networks import (
    DCGANDiscriminator,
    DCGANGenerator,
    Discriminator,
    Generator,
    MLPDiscriminator,
    MLPGenerator,
)


@dataclass(frozen=True)
class Recipe(training.Recipe):
    """How to make the two networks, the batch size, and the settings of the learner.

    bf16: whether computing in bfloat16 has been seen to cost no quality.
    learner: the kind of GAN. labels: whether it is conditional.
    """

    generator: Callable[[], Generator]
    discriminator: Callable[[], Discriminator]
    batch_size: int
    settings: dict[str, Any] = field(default_factory=dict)
    bf16: bool = False
    learner: type[GAN] = GAN
    labels: bool = False

    part = "generator"

    def parts(self, settings: dict[str, Any]) -> tuple[Generator, Discriminator]:
        """A fresh generator and discriminator."""
        return self.generator(), self.discriminator()


# Found by search on two CPU cores. The fall to zero brings most of the quality. With a
# shorter start some seeds are lost in the first few hundred steps: D wins, G collapses.
FAST = {
    "lr": 2e-3,
    "betas": (0.5, 0.99),
    "ema": 100_000,
    "lr_warmup": 25_000,
    "decay_start": 0.5,
    "final_lr_factor": 0.0,
}

# Without it the projection GAN draws nearly one image for each class.
VARIED = {**FAST, "variety": 3.0}


def conditional_recipe(
    kind: str = "projection", attributes: int = 0, **changes: Any
) -> Recipe:
    """A recipe for digits with labels: a key of `DISCRIMINATORS`, "fast" settings.

    They contain the loss for variety (`variety_loss`); variety=0.0 leaves it out.

    attributes: numbers given beside each label. changes: to the learner's settings.
    Raises CourseError for an unknown kind.
    """
    if kind not in DISCRIMINATORS:
        known = ", ".join(DISCRIMINATORS)
        raise CourseError(f"There is no conditioning {kind!r}; choose from {known}.")
    return Recipe(
        lambda: ConditionalGenerator(attributes=attributes),
        lambda: DISCRIMINATORS[kind](attributes=attributes),
        64,
        {**VARIED, **changes},
        bf16=True,
        learner=ConditionalGAN,
        labels=True,
    )


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
    ("cgan", "fast"): conditional_recipe(),
}
MODELS = RECIPES  # what `aigc train` offers


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
