"""Attention as pure functions: scores, masks, weights, and the weighted mean.

Letters: B batch, H heads, T queries, S keys, d size of a query and a key.
"""

import math

import torch
from torch import Tensor

from aigc_course.errors import CourseError


def scores(queries: Tensor, keys: Tensor) -> Tensor:
    """How well each query fits each key, [..., T, S].

    s_ij = q_i . k_j / sqrt(d)    (Vaswani et al. 2017, equation 1)

    queries: [..., T, d]. keys: [..., S, d]. Raises CourseError for other shapes.

    >>> scores(torch.ones(1, 4), torch.ones(3, 4))  # 4 / sqrt(4) = 2
    tensor([[2., 2., 2.]])
    """
    _same_size(queries, keys)
    # s_ij = q_i . k_j / sqrt(d)
    return queries @ keys.transpose(-2, -1) / math.sqrt(queries.shape[-1])


def weights(
    queries: Tensor,
    keys: Tensor,
    mask: Tensor | None = None,
    bias: Tensor | None = None,
) -> Tensor:
    """How much each query takes from each key, [..., T, S]; each row sums to 1.

    a_ij = exp(s_ij + b_ij) / sum_j exp(s_ij + b_ij), over the keys that are allowed

    mask: bool [..., T, S], True where a query may look; a query that may look nowhere
    is refused with a CourseError. bias: added to the scores, [..., T, S].
    """
    s = scores(queries, keys)
    if bias is not None:
        s = s + bias
    if mask is not None:
        # exp(-inf) = 0: what is forbidden gets no weight, and the others sum to 1
        s = s.masked_fill(~allowed(mask), -math.inf)
    return s.softmax(dim=-1)


def attention(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    mask: Tensor | None = None,
    bias: Tensor | None = None,
) -> Tensor:
    """Scaled dot-product attention, [..., T, e] (Vaswani et al. 2017, equation 1).

    o_i = sum_j a_ij v_j

    queries: [..., T, d]. keys: [..., S, d]. values: [..., S, e]. mask, bias: see
    `weights`.

    >>> one = torch.zeros(1, 2)  # a query that fits all keys alike takes the mean
    >>> attention(one, torch.zeros(2, 2), torch.tensor([[0.0], [4.0]]))
    tensor([[2.]])
    """
    if keys.shape[-2] != values.shape[-2]:
        raise CourseError(
            f"Each key has one value; got {keys.shape[-2]} keys and"
            f" {values.shape[-2]} values."
        )
    return weights(queries, keys, mask, bias) @ values


def causal_mask(queries: int, keys: int | None = None) -> Tensor:
    """Each query may look at its own place and at those before it: bool [T, S].

    With more keys than queries the queries are the last places, as when earlier keys
    come from a cache.

    >>> causal_mask(3).int()
    tensor([[1, 0, 0],
            [1, 1, 0],
            [1, 1, 1]], dtype=torch.int32)
    """
    keys = queries if keys is None else keys
    if not 1 <= queries <= keys:
        raise CourseError(
            f"A causal mask needs 1 to {keys} queries for {keys} keys, not {queries}."
        )
    return torch.ones(queries, keys).tril(keys - queries).bool()


def allowed(mask: Tensor) -> Tensor:
    """The mask; CourseError unless it is bool and lets each query look somewhere."""
    if mask.dtype != torch.bool:
        raise CourseError(
            f"A mask is bool, True where a query may look; got {mask.dtype}."
        )
    if torch.compiler.is_exporting():  # there are shapes then, and no values
        return mask
    if not bool(mask.any(dim=-1).all()):
        raise CourseError("The mask forbids a query every key; its weights sum to 0/0.")
    return mask


def _same_size(queries: Tensor, keys: Tensor) -> None:
    if queries.shape[-1] != keys.shape[-1]:
        raise CourseError(
            f"A query and a key have one size; got {queries.shape[-1]} and"
            f" {keys.shape[-1]}."
        )
