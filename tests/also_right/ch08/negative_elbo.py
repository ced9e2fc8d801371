"""Other right answers to 08.negative_elbo."""

import torch
from torch import Tensor
from torch.nn.functional import (
    binary_cross_entropy_with_logits,
)

from aigc_course.exercises.ch08.kl import kl
from aigc_course.exercises.ch08.log_likelihood import log_likelihood
from aigc_course.exercises.ch08.negative_elbo import Decode, Encode
from tests.also_right import also_right


@also_right
def sums_divided(x: Tensor, encode: Encode, decode: Decode, e: Tensor) -> Tensor:
    m, a = encode(x)
    logits = decode(m + torch.exp(0.5 * a) * e)
    cross = binary_cross_entropy_with_logits(logits, x, reduction="sum")
    cost = -0.5 * torch.sum(1 + a - m.pow(2) - a.exp())
    return (cross + cost) / len(x)


@also_right
def one_by_one(x: Tensor, encode: Encode, decode: Decode, e: Tensor) -> Tensor:
    losses = []
    for i in range(len(x)):
        m, a = encode(x[i : i + 1])
        z = m + a.exp().sqrt() * e[i : i + 1]
        losses.append(kl(m, a) - log_likelihood(x[i : i + 1], decode(z)))
    return torch.cat(losses).mean()
