"""Generators and discriminators of points instead of images: small, fully connected.

For the toys of `data.toys` (dim 2) and for densities on a line (dim 1). `GAN` trains
them unchanged.
"""

from torch import nn

from aigc_course.gan.networks import Discriminator, Generator


class PointGenerator(Generator):
    """Latents [N, latent] to points [N, dim], through `depth` hidden layers.

    The last layer is linear: points have no fixed range, unlike pixels.
    """

    def __init__(
        self, latent: int = 2, dim: int = 2, width: int = 128, depth: int = 2
    ) -> None:
        super().__init__(latent, _mlp(latent, dim, width, depth))


class PointDiscriminator(Discriminator):
    """Points [N, dim] to logits [N, 1], through `depth` hidden layers."""

    def __init__(self, dim: int = 2, width: int = 128, depth: int = 2) -> None:
        super().__init__(_mlp(dim, 1, width, depth))


def _mlp(inputs: int, outputs: int, width: int, depth: int) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for _ in range(depth):
        layers += [nn.Linear(inputs, width), nn.LeakyReLU(0.2)]  # [N, width]
        inputs = width
    return [*layers, nn.Linear(inputs, outputs)]  # [N, outputs]
