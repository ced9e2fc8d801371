"""A network from pictures to pictures, small enough to train on a CPU in minutes."""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu, pixel_shuffle, pixel_unshuffle

from aigc_course.errors import CourseError


class Restorer(nn.Module):
    """What a picture should have been, from what is left of it: a small U-Net.

    Down by 4, some residual blocks that see far, and up again with shortcuts across
    (Ronneberger et al. 2015; Isola et al. 2017, section 3.2). It has no
    normalisation, so that a picture's answer does not depend on its batch.

    channels: of the source. width: channels at full / 2, twice as many at full / 4.
    noise: latents that choose one of the many answers, added at full / 4; 0 gives one
    answer only. Height and width of pictures are multiples of 4.
    """

    def __init__(
        self, channels: int, width: int = 24, blocks: int = 3, noise: int = 0
    ) -> None:
        super().__init__()
        self.channels, self.noise = channels, noise
        deep = 2 * width
        # all at half the size or less: squares of 2 x 2 pixels stand as 4 channels
        self.first = nn.Conv2d(4 * channels, width, 3, padding=1)  # H/2
        self.second = nn.Conv2d(width, deep, 4, 2, 1)  # [N, deep, H/4, W/4]
        self.speak = nn.Linear(noise, deep, bias=False) if noise else None
        self.blocks = nn.ModuleList(_Block(deep) for _ in range(blocks))
        self.third = nn.ConvTranspose2d(deep, width, 4, 2, 1)  # [N, width, H/2, W/2]
        # [N, width + 4 channels, H/2, W/2] to [N, 4, H/2, W/2]
        self.last = nn.Conv2d(width + 4 * channels, 4, 3, padding=1)

    def forward(self, source: Tensor, z: Tensor | None = None) -> Tensor:
        """Sources [N, channels, H, W] and latents [N, noise] to [N, 1, H, W].

        In evaluation mode the result lies in [-1, 1], in training about there.
        Without z, latents are drawn from the global random generator. Raises
        CourseError for sources and latents that do not fit.
        """
        _check(source, self.channels)
        squares = pixel_unshuffle(source, 2)  # [N, 4 channels, H/2, W/2]
        first = _bend(self.first(squares))
        h = self.second(first)
        if self.speak is not None:
            z = self.latents(len(source)) if z is None else z
            h = h + self.speak(z.to(h))[:, :, None, None]  # the same everywhere
        h = _bend(h)
        for block in self.blocks:
            h = block(h)
        h = _bend(self.third(h)) + first
        out = self.last(torch.cat([h, squares.to(h)], dim=1))
        painted = pixel_shuffle(out, 2).to(source.dtype)
        # a bound while learning would cut off the gradient of what lies beyond it
        return painted if self.training else painted.clamp(-1, 1)

    def latents(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Standard normal latents [n, noise], from a CPU generator if one is given."""
        z = torch.randn(n, self.noise, generator=generator)
        return z.to(self.last.weight.device)


class _Block(nn.Module):
    """x + conv(bend(conv(x))), the second convolution starting at 0 (He et al. 2016).

    The whole net begins as its shortcuts and learns what to add to them.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.one = nn.Conv2d(width, width, 3, padding=1)
        self.two = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.two.weight)
        nn.init.zeros_(cast(Tensor, self.two.bias))

    def forward(self, x: Tensor) -> Tensor:
        """[N, width, h, w] in and out."""
        return _bend(x + self.two(_bend(self.one(x))))


def _bend(x: Tensor) -> Tensor:
    return leaky_relu(x, 0.1, inplace=True)


def _check(source: Tensor, channels: int) -> None:
    shape = list(source.shape)
    if source.ndim != 4 or shape[1] != channels or shape[2] % 4 or shape[3] % 4:
        raise CourseError(
            f"This network takes sources [N, {channels}, H, W], H and W multiples of 4;"
            f" got {shape}."
        )
