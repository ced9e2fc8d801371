"""Probabilities of whole numbers under a mixture of logistic distributions.

    P(x) = sum_k pi_k [ sigma((x + 1/2 - mu_k) / s_k) - sigma((x - 1/2 - mu_k) / s_k) ]

The logistic distribution has an exact distribution function, sigma, and heavier tails
than the normal one (Salimans et al. 2017, equation 2, use it for pixels).
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

LEAST, MOST = -1.5, 12.0  # limits of log s, in steps of 16-bit numbers


def bits(x: Tensor, centres: Tensor, log_scales: Tensor, logits: Tensor) -> Tensor:
    """-log2 P(x), [n]; x: whole numbers [n], the mixture's three parts [n, K].

    >>> one = torch.zeros(1, 1)
    >>> round(float(bits(torch.zeros(1), one, one, one)[0]), 3)  # 2 sigma(1/2) - 1
    2.03
    """
    s = log_scales.clamp(LEAST, MOST).exp()
    away = (x[:, None] - centres).abs()
    # the logistic distribution is symmetric, so the side where sigma is small serves
    # both: log [sigma(high) - sigma(low)] without a difference of numbers near 1
    high, low = logsigmoid((0.5 - away) / s), logsigmoid((-0.5 - away) / s)
    mass = high + torch.log(-torch.expm1((low - high).clamp(max=-1e-7)))
    weights = torch.log_softmax(logits, 1)
    return -torch.logsumexp(weights + mass, 1) / math.log(2)


def draw(
    centres: Tensor,
    log_scales: Tensor,
    logits: Tensor,
    generator: torch.Generator | None = None,
    temperature: float = 1.0,
) -> Tensor:
    """Whole numbers [n], in the range of 16 bits; temperature: factor of the widths."""
    k = torch.multinomial(logits.softmax(1), 1, generator=generator)
    u = torch.rand(k.shape, generator=generator).clamp(1e-6, 1 - 1e-6)
    s = temperature * log_scales.clamp(LEAST, MOST).exp().gather(1, k)
    x = centres.gather(1, k) + s * torch.logit(u)  # the inverse of sigma
    return x[:, 0].round().clamp(-32768, 32767)
