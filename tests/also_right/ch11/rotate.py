"""Other right answers to 11.rotate."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def by_complex_numbers(x: Tensor, positions: Tensor, frequencies: Tensor) -> Tensor:
    pairs = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous())
    angle = positions[:, None] * frequencies
    turned = pairs * torch.polar(torch.ones_like(angle), angle)
    return torch.view_as_real(turned).flatten(-2)


@also_right
def place_by_place(x: Tensor, positions: Tensor, frequencies: Tensor) -> Tensor:
    out = x.clone()
    for t, position in enumerate(positions):
        for m, w in enumerate(frequencies):
            s, c = torch.sin(w * position), torch.cos(w * position)
            out[..., t, 2 * m] = c * x[..., t, 2 * m] - s * x[..., t, 2 * m + 1]
            out[..., t, 2 * m + 1] = s * x[..., t, 2 * m] + c * x[..., t, 2 * m + 1]
    return out
