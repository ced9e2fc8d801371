"""Other right answers to 15.agreement."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def by_counting_digits(read: Tensor) -> Tensor:
    K = len(read)
    counts = torch.nn.functional.one_hot(read, 10).sum(0).double()  # [N, 10]
    pairs = (counts * (counts - 1)).sum(1)  # ordered pairs of one digit
    return (pairs / (K * (K - 1))).mean()


@also_right
def pair_by_pair(read: Tensor) -> Tensor:
    K = len(read)
    shares = [(read[i] == read[j]).double().mean() for i in range(K) for j in range(i)]
    return torch.stack(shares).mean()
