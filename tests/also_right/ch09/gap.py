"""Other right answers to 09.gap."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def by_sorting(information: Tensor, entropy: Tensor) -> Tensor:
    shares = (information / entropy).sort(dim=0).values
    return (shares[-1] - shares[-2]).mean()


@also_right
def one_by_one(information: Tensor, entropy: Tensor) -> Tensor:
    gaps = []
    for column, h in zip(information.T, entropy, strict=True):
        best = int(column.argmax())
        rest = torch.cat([column[:best], column[best + 1 :]])
        gaps.append((column[best] - rest.max()) / h)
    return torch.stack(gaps).mean()
