"""Other right answers to 11.copying."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def row_by_row(tokens: Tensor) -> Tensor:
    n = len(tokens)
    weights = torch.zeros(n, n)
    for t in range(n):
        positions = [s for s in range(1, t + 1) if tokens[s - 1] == tokens[t]]
        for s in positions or [0]:
            weights[t, s] = 1 / max(len(positions), 1)
    return weights


@also_right
def by_a_softmax(tokens: Tensor) -> Tensor:
    n = len(tokens)
    before = torch.cat([torch.tensor([-1]), tokens[:-1]])
    scores = torch.where(tokens[:, None] == before[None], 60.0, 0.0)
    scores[:, 0] = 30.0  # where nothing fits
    future = torch.ones(n, n).triu(1).bool()
    return scores.masked_fill(future, float("-inf")).softmax(dim=1)
