"""Other right answers to 09.mask."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def by_counting(k: int, kind: str) -> Tensor:
    order = torch.arange(k * k)
    middle = k * k // 2
    return (order < middle + (kind == "B")).float().view(k, k)


@also_right
def by_hiding(k: int, kind: str) -> Tensor:
    seen = torch.ones(k, k)
    m = k // 2
    seen[m + 1 :] = 0
    seen[m, m + 1 :] = 0
    if kind == "A":
        seen[m, m] = 0
    return seen
