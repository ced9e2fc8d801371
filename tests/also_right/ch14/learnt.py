"""Other right answers to 14.learnt."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def by_matrices(T: Tensor, prior: Tensor) -> Tensor:
    return torch.diag(prior) @ T @ torch.diag(1 / (prior @ T))


@also_right
def label_by_label(T: Tensor, prior: Tensor) -> Tensor:
    columns = [prior * T[:, j] / torch.dot(prior, T[:, j]) for j in range(len(prior))]
    return torch.stack(columns, dim=1)
