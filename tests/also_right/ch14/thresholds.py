"""Other right answers to 14.thresholds."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def by_one_hot(p: Tensor, labels: Tensor) -> Tensor:
    marks = torch.nn.functional.one_hot(labels, p.shape[1]).to(p)
    return (marks * p).sum(0) / marks.sum(0)


@also_right
def by_adding_up(p: Tensor, labels: Tensor) -> Tensor:
    own = p.gather(1, labels[:, None])[:, 0]
    total = torch.zeros(p.shape[1], dtype=p.dtype).index_add_(0, labels, own)
    return total / torch.bincount(labels, minlength=p.shape[1])
