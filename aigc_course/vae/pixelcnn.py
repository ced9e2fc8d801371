"""A network that reads a map of codes in order: masked convolutions."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course import validate
from aigc_course.vae.spatial import SIDE


class MaskedConv(nn.Conv2d):
    """A convolution that sees only what was read before (van den Oord et al. 2016).

    It reaches `reach` rows up and `reach` columns to both sides, and no row down. In
    the position's own row, weights on what lies to the right are 0. Mask A hides the
    position itself as well, as it must in the first layer; mask B shows it, since there
    a hidden layer holds only what came before.
    """

    seen: Tensor

    def __init__(self, inputs: int, outputs: int, reach: int, mask: str) -> None:
        super().__init__(inputs, outputs, (reach + 1, 2 * reach + 1))
        seen = torch.ones(reach + 1, 2 * reach + 1)
        seen[-1, reach + (mask == "B") :] = 0
        self.register_buffer("seen", seen, persistent=False)
        self.reach = reach

    def forward(self, x: Tensor) -> Tensor:
        """[N, inputs, rows, 7] to [N, outputs, rows, 7]."""
        around = F.pad(x, (self.reach, self.reach, self.reach, 0))  # none below
        return F.conv2d(around, self.weight * self.seen, self.bias)


class PixelCNN(nn.Module):
    """Logits of every code of a map from those before it (van den Oord et al. 2016).

    codes: how many, K. width: channels. blocks: residual pairs of a convolution with
    mask B, reaching to the neighbours, and one of a single position. The first layer
    reaches over the whole map: small ones alone never see what lies above and far to
    the right, however many are stacked. Raises CourseError for sizes below 1.
    """

    def __init__(self, codes: int = 64, width: int = 64, blocks: int = 3) -> None:
        super().__init__()
        validate.whole(codes, "The number of codes")
        validate.whole(width, "A layer's width")
        validate.whole(blocks, "The number of blocks", 0)
        self.codes = codes
        self.embedding = nn.Embedding(codes, 16)
        self.first = MaskedConv(16, width, SIDE - 1, "A")
        self.where = nn.Parameter(torch.zeros(width, SIDE, SIDE))  # digits have a place
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.ReLU(),
                MaskedConv(width, width, 1, "B"),
                nn.ReLU(),
                nn.Conv2d(width, width, 1),
            )
            for _ in range(blocks)
        )
        self.last = nn.Sequential(nn.ReLU(), nn.Conv2d(width, codes, 1))

    def forward(self, codes: Tensor) -> Tensor:
        """The first rows of maps, int64 [N, rows, 7], to logits [N, K, rows, 7].

        Those at a position depend on the codes before it alone.
        """
        rows = codes.shape[1]
        x = self.embedding(codes).permute(0, 3, 1, 2)  # [N, 16, rows, 7]
        h = self.first(x) + self.where[:, :rows]  # [N, width, rows, 7]
        for block in self.blocks:
            h = h + block(h)
        return self.last(h)
