"""Other right answers to 06.pack."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def every_mth(x: Tensor, m: int) -> Tensor:
    return torch.cat([x[i::m] for i in range(m)], dim=1)


@also_right
def in_chunks(x: Tensor, m: int) -> Tensor:
    return torch.cat(x.chunk(m), dim=1)
