"""Small velocity fields that several exercises of chapter 13 are asked on."""

import torch
from torch import Tensor, nn

Time = Tensor | float


def per_row(t: Time, x: Tensor) -> Tensor:
    """Times of any kind, [N], [N, 1] or one number, shaped to multiply x [N, ...]."""
    t = torch.as_tensor(t, dtype=x.dtype)
    return t.reshape(-1, *[1] * (x.ndim - 1)) if t.numel() > 1 else t.reshape(())


def bent(x: Tensor, t: Time) -> Tensor:
    """A field that bends in x and in t; each coordinate depends on itself alone."""
    return torch.sin(1.3 * x + per_row(t, x)) - 0.4 * x


class Learning(nn.Module):
    """Such a field with three weights to learn, for x of any shape [N, ...]."""

    def __init__(self) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.tensor([0.8, -0.5, 0.3]))

    def forward(self, x: Tensor, t: Time) -> Tensor:
        """The velocity at x [N, ...] and times t."""
        a, b, c = self.weights
        return torch.sin(a * x + b * per_row(t, x)) + c * x


def pairs(*shape: int) -> tuple[Tensor, Tensor, Tensor]:
    """Noise and data of a shape [N, ...], and times [N] between 0 and 1."""
    data = 1.5 + 0.7 * torch.randn(shape)
    return torch.randn(shape), data, 0.05 + 0.9 * torch.rand(shape[0])
