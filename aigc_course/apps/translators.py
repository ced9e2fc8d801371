"""Networks for translation without pairs: one that keeps places, one that sees patches.

Instance normalisation is what makes them learn in a minute: without it the same
training was seen to keep half of the labels only.
"""

import torch
from torch import Tensor, nn

from aigc_course.errors import CourseError


class Translator(nn.Module):
    """Pictures [N, 1, H, W] to pictures of another kind, in [-1, 1].

    Convolutions at half the size, a residual block, instance normalisation throughout
    (Ulyanov et al. 2016; Zhu et al. 2017, section 4) and a look at the source at the
    end. Height and width are even. What is painted at a place depends on 18 x 18 pixels
    around it, and through the normalisation on the whole picture's contrast.
    """

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        # squares of 2 x 2 pixels stand as 4 channels
        self.squares = nn.PixelUnshuffle(2)  # [N, 4, H/2, W/2]
        self.first = _layer(4, width)
        self.block = nn.Sequential(_layer(width, 2 * width), _layer(2 * width, width))
        self.last = nn.Conv2d(width + 4, 4, 3, padding=1)
        self.pixels = nn.PixelShuffle(2)  # [N, 1, H, W]

    def forward(self, x: Tensor) -> Tensor:
        """Raises CourseError for another shape."""
        if x.ndim != 4 or x.shape[1] != 1 or x.shape[2] % 2 or x.shape[3] % 2:
            raise CourseError(
                "This network takes pictures [N, 1, H, W], H and W even; got"
                f" {list(x.shape)}."
            )
        squares = self.squares(x)
        h = self.first(squares)
        h = h + self.block(h)
        out = self.last(torch.cat([h, squares.to(h)], dim=1))
        return torch.tanh(self.pixels(out)).contiguous()


class PatchDiscriminator(nn.Module):
    """A logit for every patch of 26 x 26 pixels: [N, 1, H, W] to [N, H/4 * W/4].

    What is asked of each place is whether it looks right, not whether the whole is a
    digit (Isola et al. 2017, section 3.2.2). noise: standard deviation of normal noise
    on what is seen, without which two values alone, -1 and 1, give real outlines away.
    """

    def __init__(self, width: int = 24, noise: float = 0.2) -> None:
        super().__init__()
        self.noise, deep = noise, 2 * width
        self.layers = nn.Sequential(
            nn.Conv2d(1, width, 4, 2, 1),  # [N, width, H/2, W/2]
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, deep, 4, 2, 1),  # [N, deep, H/4, W/4]
            nn.LeakyReLU(0.2),
            nn.Conv2d(deep, deep, 3, 1, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(deep, 1, 3, 1, 1),  # [N, 1, H/4, W/4]
        )

    def forward(self, x: Tensor) -> Tensor:
        """Logits [N, H/4 * W/4]; noise comes from the global random generator."""
        return self.layers(x + self.noise * torch.randn_like(x)).flatten(1)


def _layer(inputs: int, outputs: int) -> nn.Sequential:
    """Convolution, instance normalisation with a scale and a shift, and ReLU."""
    norm = nn.InstanceNorm2d(outputs, affine=True)
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1), norm, nn.ReLU())
