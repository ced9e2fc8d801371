"""A DCGAN for stacked digits, three channels and a thousand combinations."""

from torch import nn

from aigc_course.gan.networks import Discriminator, Generator, start_small
from aigc_course.gan.recipes import FAST, Recipe

LATENT = 64


class StackedGenerator(Generator):
    """Radford et al.'s shape (2016): no fully connected layer but the first.

    Chapter 05's fast generator has more of them, and at this task learns more slowly.
    """

    def __init__(self, width: int = 32) -> None:
        layers: list[nn.Module] = [
            nn.Linear(LATENT, 2 * width * 7 * 7, bias=False),  # [N, 98 width]
            nn.BatchNorm1d(2 * width * 7 * 7),
            nn.ReLU(),
            nn.Unflatten(1, (2 * width, 7, 7)),  # [N, 2 width, 7, 7]
            nn.ConvTranspose2d(2 * width, width, 4, 2, 1, bias=False),
            nn.BatchNorm2d(width),  # [N, width, 14, 14]
            nn.ReLU(),
            nn.ConvTranspose2d(width, 3, 4, 2, 1),  # [N, 3, 28, 28]
            nn.Tanh(),
        ]
        super().__init__(LATENT, start_small(layers))


class StackedDiscriminator(Discriminator):
    """The mirror image: [N, 3, 28, 28] in [-1, 1] to logits [N, 1]."""

    def __init__(self, width: int = 32) -> None:
        layers: list[nn.Module] = [
            nn.Conv2d(3, width, 4, 2, 1),  # [N, width, 14, 14]
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False),
            nn.BatchNorm2d(2 * width),  # [N, 2 width, 7, 7]
            nn.LeakyReLU(0.2),
            nn.Flatten(),  # [N, 98 width]
            nn.Linear(2 * width * 7 * 7, 1),  # [N, 1]
        ]
        super().__init__(start_small(layers))


STACKED = Recipe(
    StackedGenerator,
    StackedDiscriminator,
    64,
    {**FAST, "lr": 1e-3},
    bf16=True,
)
