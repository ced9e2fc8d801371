"""Matrices kept smaller than float32, for machines with little memory.

A block of a GGUF file holds 32 weights of a row. A matrix stays in that form; where it
is used, a part at a time becomes float32. So 135 million weights take 98 MB in place of
540 MB. Matrices in bfloat16 take 270 MB.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course.errors import CourseError

WEIGHTS = 32  # in a block
ROWS = 4096  # turned into float32 at a time: 9 MB for a width of 576


def q4_1(blocks: Tensor) -> Tensor:
    """Weights of uint8 [..., 20] as float32 [..., 32].

    A block is a scale d and an offset m in float16, and 32 numbers q of 4 bits:
    w = d q + m. The low halves of the 16 bytes come first.
    """
    d, m = (blocks[..., at : at + 2].view(torch.float16).float() for at in (0, 2))
    packed = blocks[..., 4:]
    q = torch.cat([packed & 15, packed >> 4], dim=-1)  # [..., 32]
    # w = d q + m
    return q.float().mul_(d).add_(m)


def q8_0(blocks: Tensor) -> Tensor:
    """Weights of uint8 [..., 34] as float32 [..., 32].

    A block is a scale d in float16 and 32 whole numbers q of 8 bits: w = d q.
    """
    d = blocks[..., :2].view(torch.float16).float()
    # w = d q
    return blocks[..., 2:].view(torch.int8).float().mul_(d)


# kind of block: its bytes, and what turns it into weights
KINDS: dict[str, tuple[int, Callable[[Tensor], Tensor]]] = {
    "Q4_1": (20, q4_1),
    "Q8_0": (34, q8_0),
}


class Blocks(nn.Module):
    """A matrix [rows, columns], kept as uint8 [rows, columns / 32, bytes].

    Raises CourseError for a kind of block that is not read here.
    """

    data: Tensor

    def __init__(self, data: Tensor, kind: str) -> None:
        super().__init__()
        if kind not in KINDS:
            raise CourseError(
                f"Blocks of the kinds {', '.join(KINDS)} are kept as they are, not"
                f" {kind}: load this model as float32."
            )
        size, self.turn = KINDS[kind]
        self.register_buffer("data", data.unflatten(-1, (-1, size)))

    @property
    def shape(self) -> list[int]:
        """[rows, columns]."""
        return [self.data.shape[0], self.data.shape[1] * WEIGHTS]

    def rows(self, numbers: Tensor) -> Tensor:
        """Some rows as float32: int [...] to [..., columns]."""
        return self.turn(self.data[numbers]).flatten(-2)


class BlockLinear(nn.Module):
    """x W^T with W kept as blocks: [..., columns] to [..., rows]."""

    def __init__(self, blocks: Blocks) -> None:
        super().__init__()
        self.blocks = blocks

    def forward(self, x: Tensor) -> Tensor:
        """[..., columns] to [..., rows]."""
        parts = self.blocks.data.split(ROWS)
        out = [F.linear(x, self.blocks.turn(part).flatten(-2)) for part in parts]
        return torch.cat(out, dim=-1)


class BlockEmbedding(nn.Module):
    """Rows of a table kept as blocks: int [...] to float32 [..., columns]."""

    def __init__(self, blocks: Blocks) -> None:
        super().__init__()
        self.blocks = blocks

    def forward(self, tokens: Tensor) -> Tensor:
        """Int [...] to [..., columns]."""
        return self.blocks.rows(tokens)


class _Half(nn.Module):
    """A matrix [rows, columns] in bfloat16 that does not learn."""

    weight: Tensor

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.register_buffer("weight", weight)


class HalfLinear(_Half):
    """x W^T with W and the product in bfloat16: float32 [..., C] to [..., rows]."""

    def forward(self, x: Tensor) -> Tensor:
        """[..., columns] to [..., rows]."""
        return F.linear(x.bfloat16(), self.weight).float()


class HalfEmbedding(_Half):
    """Rows of a table in bfloat16: int [...] to float32 [..., columns]."""

    def forward(self, tokens: Tensor) -> Tensor:
        """Int [...] to [..., columns]."""
        return self.weight[tokens].float()
