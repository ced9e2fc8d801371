"""Other right answers to 11.predictive."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def by_counting(chain: Tensor, states: int) -> Tensor:
    counts = torch.ones(states)
    for a, b in zip(chain[:-1], chain[1:], strict=True):
        if a == chain[-1]:
            counts[b] += 1
    return counts / counts.sum()


@also_right
def by_the_whole_table(chain: Tensor, states: int) -> Tensor:
    table = torch.ones(states, states)
    table.index_put_((chain[:-1], chain[1:]), torch.tensor(1.0), accumulate=True)
    return (table / table.sum(dim=1, keepdim=True))[chain[-1]]
