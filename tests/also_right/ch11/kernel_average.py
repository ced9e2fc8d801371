"""Other right answers to 11.kernel_average."""

import torch
from torch import Tensor
from torch.distributions import Normal

from tests.also_right import also_right


@also_right
def by_densities(x: Tensor, known: Tensor, values: Tensor, width: float) -> Tensor:
    log_p = Normal(known, width).log_prob(x[:, None])
    return (log_p - log_p.logsumexp(1, keepdim=True)).exp() @ values


@also_right
def one_at_a_time(x: Tensor, known: Tensor, values: Tensor, width: float) -> Tensor:
    answers = []
    for point in x:
        distances = (point - known).square()
        # less the smallest, so that exp does not vanish far away
        w = torch.exp((distances.min() - distances) / (2 * width**2))
        answers.append((w * values).sum() / w.sum())
    return torch.stack(answers)
