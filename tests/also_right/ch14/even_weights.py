"""Other right answers to 14.even_weights."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def by_shares(labels: Tensor, classes: int) -> Tensor:
    share = torch.stack([(labels == c).double().mean() for c in range(classes)])
    return (1 / classes) / share[labels]


@also_right
def scaled_to_mean_one(labels: Tensor, classes: int) -> Tensor:
    w = 1 / torch.bincount(labels, minlength=classes)[labels].double()
    return w / w.mean()
