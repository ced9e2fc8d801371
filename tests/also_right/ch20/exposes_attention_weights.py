"""Other right answers to 20.exposes_attention_weights."""

import torch
from torch.nn.functional import scaled_dot_product_attention

from tests.also_right import also_right


@also_right
def against_torch(attention):
    q, k, v = torch.randn(3, 2, 4, 8)
    want = scaled_dot_product_attention(q, k, v)
    assert torch.allclose(attention(q, k, v), want, atol=1e-4)


@also_right
def weights_sum_to_one(attention):
    q, k = torch.randn(2, 3, 6, 4)
    out = attention(q, k, torch.ones(3, 6, 4))
    assert (out - 1).abs().max() < 1e-4
