"""Linear attention: a state of fixed size instead of all keys and values."""

from torch import Tensor
from torch.nn import functional as F


def feature_map(x: Tensor) -> Tensor:
    """elu(x) + 1: above 0 everywhere (Katharopoulos et al. 2020, equation 7)."""
    return F.elu(x) + 1


def linear_attention(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Causal linear attention, [..., T, e] (Katharopoulos et al. 2020, equation 9).

    o_i = phi(q_i) S_i / phi(q_i) z_i, S_i = sum_(j <= i) phi(k_j)^T v_j,
    z_i = sum_(j <= i) phi(k_j)

    queries, keys: [..., T, d]. values: [..., T, e]. Time grows with T, not with T^2,
    and generation needs S and z alone.
    """
    q, k = feature_map(queries), feature_map(keys)
    states = (k[..., :, None] * values[..., None, :]).cumsum(dim=-3)  # [..., T, d, e]
    norms = k.cumsum(dim=-2)  # [..., T, d]
    above = (q[..., None, :] @ states)[..., 0, :]  # [..., T, e]
    below = (q * norms).sum(dim=-1, keepdim=True)
    return above / below


def recurrent_step(
    query: Tensor, key: Tensor, value: Tensor, state: Tensor, norm: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """One token: its output [..., e], then state [..., d, e] and norm [..., d].

    The same numbers as `linear_attention`, with memory that does not grow.
    """
    q, k = feature_map(query), feature_map(key)
    state = state + k[..., :, None] * value[..., None, :]
    norm = norm + k
    above = (q[..., None, :] @ state)[..., 0, :]
    return above / (q * norm).sum(dim=-1, keepdim=True), state, norm
