"""A DCGAN small enough for hundreds of trainings: 16,000 weights in G, 3,000 in D."""

from torch import Tensor, nn
from torch.nn.init import normal_

from aigc_course.gan.networks import Discriminator, Generator


class SmallGenerator(Generator):
    """Radford et al.'s shape (2016) at 16 and 8 channels, 7 x 7 to 28 x 28."""

    def __init__(self, latent: int = 16, norm: bool = True) -> None:
        layers: list[nn.Module] = [
            nn.Linear(latent, 16 * 7 * 7, bias=not norm),  # [N, 784]
            nn.BatchNorm1d(16 * 7 * 7),
            nn.ReLU(),
            nn.Unflatten(1, (16, 7, 7)),  # [N, 16, 7, 7]
            nn.ConvTranspose2d(16, 8, 4, 2, 1, bias=not norm),  # [N, 8, 14, 14]
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.ConvTranspose2d(8, 1, 4, 2, 1),  # [N, 1, 28, 28]
            nn.Tanh(),
        ]
        super().__init__(latent, _started(layers, norm))


class SmallDiscriminator(Discriminator):
    """The mirror image: 28 x 28 to 7 x 7 at 8 and 16 channels, then one logit."""

    def __init__(self, norm: bool = True) -> None:
        layers: list[nn.Module] = [
            nn.Conv2d(1, 8, 4, 2, 1),  # [N, 8, 14, 14]
            nn.LeakyReLU(0.2),
            nn.Conv2d(8, 16, 4, 2, 1, bias=not norm),  # [N, 16, 7, 7]
            nn.BatchNorm2d(16),
            nn.LeakyReLU(0.2),
            nn.Flatten(),  # [N, 784]
            nn.Linear(16 * 7 * 7, 1),  # [N, 1]
        ]
        super().__init__(_started(layers, norm))


def _started(layers: list[nn.Module], norm: bool) -> list[nn.Module]:
    """With batch norm, weights from N(0, 0.02^2) (Radford et al. 2016, section 4).

    Without it such small weights would shrink every signal: the norms are left out and
    torch's own start is kept.
    """
    if not norm:
        return [layer for layer in layers if not _is_norm(layer)]
    for layer in layers:
        weight = getattr(layer, "weight", None)
        if isinstance(weight, Tensor) and not _is_norm(layer):
            normal_(weight, std=0.02)
    return layers


def _is_norm(layer: nn.Module) -> bool:
    return isinstance(layer, nn.modules.batchnorm._BatchNorm)
