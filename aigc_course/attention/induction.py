"""An induction head with weights written by hand: two layers that copy.

The first layer moves to every place the token that stands before it. The second looks
for a place whose previous token equals the present one, and reads the token there: what
followed last time will follow again (Elhage et al. 2021; Olsson et al. 2022).
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_course.attention.functions import attention, causal_mask

SHARP = 50.0  # of the scores: the softmax is a maximum to 10 digits


def previous_token_head(tokens: Tensor, vocabulary: int) -> Tensor:
    """The token before each place as a unit vector, [B, T, vocabulary]; none at 0.

    Query of place t: unit vector t - 1. Key of place s: unit vector s.
    """
    length = tokens.shape[-1]
    keys = torch.eye(length)  # place s as the s-th unit vector
    queries = SHARP * length**0.5 * keys.roll(1, dims=0)  # row t is unit vector t - 1
    queries[0] = keys[0] * SHARP * length**0.5  # nothing stands before the first place
    values = F.one_hot(tokens, vocabulary).float()
    before = attention(queries, keys, values, causal_mask(length))
    before[..., 0, :] = 0.0
    return before


def induction_head(tokens: Tensor, vocabulary: int) -> Tensor:
    """Log-scores of the next token, [B, T, vocabulary], from two attention heads.

    Query of place t: its token. Key of place s: the token before s. Value: the token
    at s. Where the present token has not stood before, all tokens score alike.
    """
    length = tokens.shape[-1]
    now = F.one_hot(tokens, vocabulary).float()
    queries = SHARP * vocabulary**0.5 * now
    keys = previous_token_head(tokens, vocabulary)
    return attention(queries, keys, now, causal_mask(length))


def prefix_matching(maps: Tensor, tokens: Tensor) -> Tensor:
    """How much each head looks behind an earlier copy of its token, [H], 0 to 1.

    maps: weights [B, H, T, T]. tokens: [B, T]. From place t, the weight of the places
    s + 1 with s + 1 <= t whose token at s is that of t, averaged over the places that
    have one (Olsson et al. 2022).
    """
    same = (tokens[:, :, None] == tokens[:, None, :]).tril(-1)  # [B, t, s], s < t
    behind = same.roll(1, dims=2)  # [B, t, s + 1]
    behind[:, :, 0] = False
    has_one = behind.any(dim=2)  # [B, T]
    found = (maps * behind[:, None]).sum(dim=-1)  # [B, H, T]
    return found.transpose(1, 2)[has_one].mean(dim=0)


__all__ = [
    "induction_head",
    "prefix_matching",
    "previous_token_head",
]
