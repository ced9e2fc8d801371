"""Other right answers to 09.lengths."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def by_choice(values: Tensor, s: float, beta: float) -> Tensor:
    noise = beta * s * s
    return torch.where(values > noise, (values - noise).abs().sqrt(), 0.0)


@also_right
def one_by_one(values: Tensor, s: float, beta: float) -> Tensor:
    rest = [max(float(v) - beta * s**2, 0.0) ** 0.5 for v in values]
    return torch.tensor(rest, dtype=values.dtype)
