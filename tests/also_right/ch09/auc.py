"""Other right answers to 09.auc."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def by_ranks(normal: Tensor, odd: Tensor) -> Tensor:
    ordered = normal.sort().values
    below = torch.searchsorted(ordered, odd)
    up_to = torch.searchsorted(ordered, odd, right=True)
    return (below + up_to).float().mean() / (2 * len(normal))


@also_right
def by_signs(normal: Tensor, odd: Tensor) -> Tensor:
    signs = [(o - normal).sign().mean() for o in odd]
    return (torch.stack(signs).mean() + 1) / 2
