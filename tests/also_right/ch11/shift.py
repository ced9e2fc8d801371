"""Other right answers to 11.shift."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def entry_by_entry(n: float, frequencies: Tensor) -> Tensor:
    size = 2 * len(frequencies)
    matrix = torch.zeros(size, size)
    for m, w in enumerate(frequencies):
        i, angle = 2 * m, w * n
        matrix[i, i] = matrix[i + 1, i + 1] = angle.cos()
        matrix[i, i + 1], matrix[i + 1, i] = angle.sin(), -angle.sin()
    return matrix


@also_right
def by_the_matrix_exponential(n: float, frequencies: Tensor) -> Tensor:
    turn = torch.tensor([[0.0, 1.0], [-1.0, 0.0]])
    return torch.linalg.matrix_exp(n * torch.kron(torch.diag(frequencies), turn))
