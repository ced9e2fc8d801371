"""Convolutional networks whose latent keeps its place: a vector at each of 7 x 7.

In `networks.convolutional` the whole image passes through one vector. Here each patch
of the image has latents of its own, and residual blocks let it know its surroundings.
"""

from torch import Tensor, nn

from aigc_course import validate
from aigc_course.vae.networks import Decoder, Encoder, Networks
from aigc_course.vae.observations import Likelihood

SIDE = 7  # vectors per row and column


class Residual(nn.Module):
    """x + f(x), f a 3 x 3 and a 1 x 1 convolution (He et al. 2016, figure 4e)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.change = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(width, width, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """[N, width, 7, 7] to the same shape."""
        return x + self.change(x)


def down(width: int, outputs: int, blocks: int) -> nn.Sequential:
    """Images [N, 1, 28, 28] to maps [N, outputs, 7, 7].

    width: channels at 14 x 14, twice as many at 7 x 7. blocks: residual blocks there.
    """
    return nn.Sequential(
        nn.Conv2d(1, width, 4, stride=2, padding=1),  # [N, width, 14, 14]
        nn.ReLU(),
        nn.Conv2d(width, 2 * width, 4, stride=2, padding=1),  # [N, 2 width, 7, 7]
        *(Residual(2 * width) for _ in range(blocks)),
        nn.ReLU(),
        nn.Conv2d(2 * width, outputs, 1),  # [N, outputs, 7, 7]
    )


def up(inputs: int, width: int, blocks: int) -> nn.Sequential:
    """Maps [N, inputs, 7, 7] to images [N, 1, 28, 28]; the mirror of `down`."""
    return nn.Sequential(
        nn.Conv2d(inputs, 2 * width, 3, padding=1),  # [N, 2 width, 7, 7]
        *(Residual(2 * width) for _ in range(blocks)),
        nn.ReLU(),
        nn.ConvTranspose2d(2 * width, width, 4, stride=2, padding=1),
        nn.ReLU(),  # [N, width, 14, 14]
        nn.ConvTranspose2d(width, 1, 4, stride=2, padding=1),  # [N, 1, 28, 28]
    )


def spatial(
    channels: int = 8,
    width: int = 32,
    blocks: int = 2,
    likelihood: str | Likelihood = "bernoulli",
) -> Networks:
    """A VAE's networks with `channels` latents at each of 7 x 7 places.

    The latents are 49 channels in a row, [N, 49 channels], those of one channel side by
    side. width, blocks: see `down`. Raises CourseError for sizes below 1, or blocks
    below 0.
    """
    validate.whole(channels, "The number of channels")
    validate.whole(width, "A layer's width")
    validate.whole(blocks, "The number of blocks", 0)
    # the first half of the channels are means, the second log-variances
    body = nn.Sequential(down(width, 2 * channels, blocks), nn.Flatten())
    net = nn.Sequential(
        nn.Unflatten(1, (channels, SIDE, SIDE)), *up(channels, width, blocks)
    )
    encoder = Encoder(body, nn.Identity())
    return Networks(encoder, Decoder(channels * SIDE**2, net), likelihood)
