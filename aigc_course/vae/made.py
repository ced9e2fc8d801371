"""A network that reads a map of codes in order: masked layers over the whole map."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course import validate
from aigc_course.vae.spatial import SIDE

LENGTH = SIDE * SIDE  # codes in a map


class MaskedLinear(nn.Linear):
    """y = (M * W) x + b, M of 0 and 1: [outputs, inputs] (Germain et al. 2015, eq. 4).

    seen: M. Weights where it is 0 are never used.
    """

    seen: Tensor

    def __init__(self, seen: Tensor) -> None:
        super().__init__(seen.shape[1], seen.shape[0])
        self.register_buffer("seen", seen.float(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """[N, inputs] to [N, outputs]."""
        return F.linear(x, self.weight * self.seen, self.bias)


class MADE(nn.Module):
    """Logits of every code of a map from those before it (Germain et al. 2015).

    Every hidden unit has a number m from 0 to 47 and sees positions 0 to m, or hidden
    units of numbers up to its own; the logits of position t see hidden units of numbers
    below t, and the codes before t directly. Other than a `PixelCNN` it has weights of
    its own for each position: many to learn, but few to compute with.

    codes: how many, K. width: hidden units of a layer. blocks: hidden layers. Raises
    CourseError for sizes below 1.
    """

    def __init__(self, codes: int = 64, width: int = 768, blocks: int = 2) -> None:
        super().__init__()
        validate.whole(codes, "The number of codes")
        validate.whole(width, "A layer's width")
        validate.whole(blocks, "The number of blocks")
        self.codes = codes
        at = torch.arange(LENGTH).repeat_interleave(codes)  # [49 K], each code's place
        number = torch.arange(width) % (LENGTH - 1)  # [width], m
        layers: list[nn.Module] = [MaskedLinear(number[:, None] >= at)]
        for _ in range(blocks - 1):
            layers += [nn.ReLU(), MaskedLinear(number[:, None] >= number)]
        layers += [nn.ReLU(), MaskedLinear(at[:, None] > number)]
        self.hidden = nn.Sequential(*layers)
        self.direct = MaskedLinear(at[:, None] > at)

    def forward(self, codes: Tensor) -> Tensor:
        """The first rows of maps, int64 [N, rows, 7], to logits [N, K, rows, 7].

        Those at a position depend on the codes before it alone.
        """
        rows = codes.shape[1]
        whole = F.pad(codes, (0, 0, 0, SIDE - rows))  # [N, 7, 7]
        x = F.one_hot(whole, self.codes).flatten(1).to(self.direct.weight.dtype)
        logits = self.hidden(x) + self.direct(x)  # [N, 49 K]
        maps = logits.unflatten(1, (SIDE, SIDE, self.codes)).movedim(3, 1)
        return maps[:, :, :rows]
