"""Generators and discriminators of points instead of images: small, fully connected.

For the toys of `data.toys` (dim 2) and for densities on a line (dim 1). `GAN` trains
them unchanged.
"""

from collections.abc import Callable
from functools import partial

from torch import Tensor, nn

from aigc_course.gan.networks import Discriminator, Generator


class PointGenerator(Generator):
    """Latents [N, latent] to points [N, dim], through `depth` hidden layers.

    The last layer is linear: points have no fixed range, unlike pixels. tanh: bounded
    hidden units in the place of leaky ReLUs; where they are full, the points hardly
    move with the latents, so that narrow modes are left in one jump. scale: of the
    points; the network works with points of about unit size.
    """

    def __init__(
        self,
        latent: int = 2,
        dim: int = 2,
        width: int = 128,
        depth: int = 2,
        tanh: bool = False,
        scale: float = 1.0,
    ) -> None:
        hidden = nn.Tanh if tanh else Leaky
        super().__init__(latent, _mlp(latent, dim, width, depth, hidden))
        if scale != 1:
            self.net.append(Scale(scale))


class PointDiscriminator(Discriminator):
    """Points [N, dim] to logits [N, 1], through `depth` hidden layers.

    scale: of the points, which are divided by it first.
    """

    def __init__(
        self, dim: int = 2, width: int = 128, depth: int = 2, scale: float = 1.0
    ) -> None:
        first = [] if scale == 1 else [Scale(1 / scale)]
        super().__init__([*first, *_mlp(dim, 1, width, depth, Leaky)])


class Scale(nn.Module):
    """Multiplies by a fixed factor; any shape."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        """x times the factor, of x's shape."""
        return self.factor * x


Leaky = partial(nn.LeakyReLU, 0.2)


def _mlp(
    inputs: int, outputs: int, width: int, depth: int, hidden: Callable[[], nn.Module]
) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for _ in range(depth):
        layers += [nn.Linear(inputs, width), hidden()]  # [N, width]
        inputs = width
    return [*layers, nn.Linear(inputs, outputs)]  # [N, outputs]
