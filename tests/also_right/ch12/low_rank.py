"""Other right answers to 12.low_rank."""

import torch
from torch.nn import functional as F

from tests.also_right import also_right


@also_right
def merged_first(x, weight, a, b, alpha):
    merged = weight + (alpha / a.shape[0]) * torch.mm(b, a)
    return F.linear(x, merged), merged


@also_right
def by_layers(x, weight, a, b, alpha):
    inner = F.linear(x, a) * alpha / b.shape[1]
    outer = sum(torch.outer(b[:, k], a[k]) for k in range(len(a)))
    return F.linear(x, weight) + F.linear(inner, b), weight + alpha / len(a) * outer
