"""Other right answers to 16.draw_weight."""

import torch

from tests.also_right import also_right


@also_right
def by_sums(log_p, allowed):
    z = (log_p.exp() * allowed).sum(dim=2)
    return z.log().sum(dim=1)


@also_right
def as_a_ratio(log_p, allowed):
    # log of p over the constrained p, at any token that is allowed
    masked = torch.where(allowed, log_p, torch.tensor(-float("inf"), dtype=log_p.dtype))
    kept = masked.log_softmax(-1)
    some = allowed.float().argmax(-1, keepdim=True)
    return (log_p.gather(-1, some) - kept.gather(-1, some)).squeeze(-1).sum(-1)
