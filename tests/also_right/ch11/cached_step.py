"""Other right answers to 11.cached_step."""

import torch
from torch.nn import functional as F

from tests.also_right import also_right


@also_right
def by_torch(q, k, v, keys, values):
    keys, values = torch.cat((keys, k), 2), torch.cat((values, v), 2)
    return F.scaled_dot_product_attention(q, keys, values), keys, values


@also_right
def past_and_present_apart(q, k, v, keys, values):
    d = q.shape[-1] ** 0.5
    past, now = q @ keys.mT / d, (q * k).sum(-1, keepdim=True) / d
    a = torch.cat([past, now], dim=-1).softmax(-1)
    o = a[..., :-1] @ values + a[..., -1:] * v
    return o, torch.cat([keys, k], dim=-2), torch.cat([values, v], dim=-2)
