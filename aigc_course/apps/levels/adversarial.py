"""A GAN of levels: a generator of one-hot tiles against a discriminator.

A tile cannot be a little of a wall, and drawing one has no gradient. The generator
draws with the straight-through Gumbel trick (Jang et al. 2017): forwards a tile drawn
from its probabilities, backwards the slope of a softmax.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course.apps.levels.corpus import Corpus
from aigc_course.apps.levels.script import CELLS, INNER, inside, turned, walled
from aigc_course.apps.levels.tiles import TILES, Tiles
from aigc_course.data.sequences.batches import TaskBatches
from aigc_course.gan.losses import cross_entropy_discriminator, non_saturating
from aigc_course.gan.penalties import r1
from aigc_course.training.learner import Learner, Optimiser

LATENT = 32
KINDS = len(TILES)
GAMMA = 1.0  # weight of R1
SOFTNESS = 1.0  # temperature of the softmax that gives the slope


def generator(width: int = 192) -> nn.Sequential:
    """Latents [N, 32] to scores of the tiles, [N, 25 x 7]."""
    return nn.Sequential(
        nn.Linear(LATENT, width),
        nn.ReLU(),
        nn.Linear(width, width),
        nn.ReLU(),
        nn.Linear(width, CELLS * KINDS),
    )


def discriminator(width: int = 48) -> nn.Sequential:
    """One-hot tiles [N, 7, 5, 5] to logits [N, 1]."""
    return nn.Sequential(
        nn.Conv2d(KINDS, width, 3, padding=1),  # [N, 48, 5, 5]
        nn.LeakyReLU(0.2),
        nn.Conv2d(width, width, 3, padding=1),  # [N, 48, 5, 5]
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(width * CELLS, 128),
        nn.LeakyReLU(0.2),
        nn.Linear(128, 1),
    )


def one_hot(tiles: Tensor) -> Tensor:
    """Tiles [N, 5, 5] as float [N, 7, 5, 5]."""
    return F.one_hot(tiles, KINDS).movedim(-1, 1).float()


def play(g: nn.Module, z: Tensor) -> Tensor:
    """One-hot levels that G draws for latents z, [N, 7, 5, 5], with a slope."""
    scores = g(z).view(-1, CELLS, KINDS)
    drawn = F.gumbel_softmax(scores, tau=SOFTNESS, hard=True)
    return drawn.movedim(-1, 1).unflatten(-1, (INNER, INNER))


class TileGAN(Learner[nn.Sequential]):
    """The two players in training, with the non-saturating loss and R1.

    Random numbers come from torch's global generator.
    """

    def __init__(self, lr: float = 1e-3) -> None:
        settings: dict[str, Any] = {"betas": (0.5, 0.99)}
        self.g: Optimiser[nn.Sequential] = Optimiser(generator(), lr, **settings)
        self.d: Optimiser[nn.Sequential] = Optimiser(discriminator(), lr, **settings)
        super().__init__(g=self.g, d=self.d)

    def step(self, batch: Tensor) -> dict[str, Tensor]:
        """One turn of each player on real tiles [B, 5, 5]; returns both losses."""
        g, d = self.g.network, self.d.network
        real, n = one_hot(batch), len(batch)
        with torch.no_grad():
            fake = play(g, torch.randn(n, LATENT))
        d_loss = cross_entropy_discriminator(d(real), d(fake)) + r1(
            d, real, fake, GAMMA
        )
        self.d.descend(d_loss, n)
        g_loss = non_saturating(d(play(g, torch.randn(n, LATENT))))
        self.g.descend(g_loss, n)
        return {"d_loss": d_loss.detach(), "g_loss": g_loss.detach()}


def batches(levels: Corpus, seed: int, size: int = 64) -> TaskBatches:
    """Endless batches of tiles [B, 5, 5], an eighth of each in every symmetry."""
    tiles = inside(levels.tiles)

    def make(n: int, chance: torch.Generator) -> Tensor:
        rows = torch.randint(len(tiles), (n,), generator=chance)
        parts = [turned(part, way) for way, part in enumerate(tiles[rows].chunk(8))]
        return torch.cat(parts)

    return TaskBatches(make, size, seed)


@torch.no_grad()
def draw(g: nn.Module, n: int) -> Tiles:
    """n levels, uint8 [n, 7, 7], drawn with torch's global generator."""
    return walled(play(g, torch.randn(n, LATENT)).argmax(dim=1))
