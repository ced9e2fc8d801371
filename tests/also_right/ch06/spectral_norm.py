"""Other right answers to 06.spectral_norm."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def by_rayleigh(W: Tensor, v: Tensor, steps: int) -> Tensor:
    A = W.T @ W
    for _ in range(steps):
        v = torch.nn.functional.normalize(A @ v, dim=0)
    return (v @ A @ v).sqrt()


@also_right
def length_of_the_image(W: Tensor, v: Tensor, steps: int) -> Tensor:
    for _ in range(steps):
        v = W.T @ (W @ v)
        v = v / torch.linalg.vector_norm(v)
    return torch.linalg.vector_norm(W @ v)
