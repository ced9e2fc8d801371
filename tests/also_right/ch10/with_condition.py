"""Other right answers to 10.with_condition."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def rows_of_the_identity(z: Tensor, labels: Tensor, classes: int) -> Tensor:
    return torch.hstack([z, torch.eye(classes, dtype=z.dtype)[labels]])


@also_right
def ones_put_in_place(z: Tensor, labels: Tensor, classes: int) -> Tensor:
    wide = torch.zeros(len(z), z.shape[1] + classes, dtype=z.dtype)
    wide[:, : z.shape[1]] = z
    wide[torch.arange(len(z)), z.shape[1] + labels] = 1
    return wide
