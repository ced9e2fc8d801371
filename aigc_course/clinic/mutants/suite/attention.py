"""Properties of attention and of its linear form."""

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_course.clinic.mutants.targets import draw, flat, target

FUNCTIONS = "attention.functions"


B, T, D = 2, 4, 4


def _three(seed: int) -> tuple[Tensor, Tensor, Tensor]:
    q, k, v = (draw(seed, B, T, D, key=i) for i in range(3))
    return q, k, v


def _mask() -> Tensor:
    return torch.tensor([[1, 0, 0, 1], [1, 1, 0, 0], [0, 1, 1, 0], [1, 1, 1, 1]]).bool()


scores = target(
    FUNCTIONS,
    "scores",
    call="scores(queries, keys), [..., T, d] and [..., S, d], gives [..., T, S]",
)


@scores.observed
def _scores_seen(f: Any, seed: int) -> list[Tensor]:
    q, k, _ = _three(seed)
    return flat(f(q, k[:, :3]))


@scores.equals
def _scores_want(seed: int) -> list[Tensor]:
    q, k, _ = _three(seed)
    return flat((q[:, :, None] * k[:, None, :3]).sum(-1) / D**0.5)


@scores.must
def _unit_variance(f: Any, seed: int) -> None:
    """Random queries and keys have scores of variance 1, whatever their size."""
    q, k = draw(seed, 60, 64), draw(seed, 60, 64, key=1)
    assert abs(float(f(q, k).std()) - 1) < 0.1


weights = target(
    FUNCTIONS,
    "weights",
    call="weights(queries, keys, mask, bias) gives [..., T, S]; mask is True where a"
    " query may look",
)


@weights.observed
def _weights_seen(f: Any, seed: int) -> list[Tensor]:
    q, k, v = _three(seed)
    bias = v @ v.transpose(-2, -1)
    return flat(f(q, k), f(q, k, _mask()), f(q, k, None, bias), f(q, k, _mask(), bias))


@weights.equals
def _weights_want(seed: int) -> list[Tensor]:
    q, k, v = _three(seed)
    bias = v @ v.transpose(-2, -1)
    eye, found = torch.eye(T, dtype=torch.float64).expand(B, T, T), []
    for mask, add in ((None, None), (_mask(), None), (None, bias), (_mask(), bias)):
        given = torch.zeros(T, T, dtype=torch.float64) if add is None else add
        if mask is not None:
            given = given.masked_fill(~mask, -math.inf)
        found.append(F.scaled_dot_product_attention(q, k, eye, attn_mask=given))
    return found


@weights.must
def _rows_sum_to_one(f: Any, seed: int) -> None:
    """Each query's weights sum to 1, and forbidden keys have none."""
    q, k, _ = _three(seed)
    w = f(q, k, _mask())
    assert torch.allclose(w.sum(-1), torch.ones(B, T).double())
    assert float(w[:, ~_mask()].abs().sum()) == 0


attention = target(
    FUNCTIONS,
    "attention",
    call="attention(queries, keys, values, mask, bias) gives [..., T, e]",
)


@attention.observed
def _attention_seen(f: Any, seed: int) -> list[Tensor]:
    q, k, v = _three(seed)
    return flat(f(q, k, v), f(q, k, v[..., :2], _mask(), q @ q.transpose(-2, -1)))


@attention.equals
def _attention_want(seed: int) -> list[Tensor]:
    q, k, v = _three(seed)
    bias = (q @ q.transpose(-2, -1)).masked_fill(~_mask(), -math.inf)
    sdpa = F.scaled_dot_product_attention
    return [sdpa(q, k, v), sdpa(q, k, v[..., :2], attn_mask=bias)]


@attention.must
def _order_of_keys(f: Any, seed: int) -> None:
    """The order of the keys, with their values, does not matter."""
    q, k, v = _three(seed)
    assert torch.allclose(f(q, k, v), f(q, k.flip(1), v.flip(1)))


causal = target(
    FUNCTIONS,
    "causal_mask",
    call="causal_mask(queries, keys) gives bool [T, S], True where a query may look",
)


@causal.observed
def _causal_seen(f: Any, seed: int) -> list[Tensor]:
    n = 1 + seed % 5
    return flat(f(n + 1), f(n, n + 2))


@causal.equals
def _causal_want(seed: int) -> list[Tensor]:
    n = 1 + seed % 5
    found = []
    for queries, keys in ((n + 1, n + 1), (n, n + 2)):
        i, j = torch.arange(queries)[:, None], torch.arange(keys)[None]
        found.append(j - (keys - queries) <= i)
    return found


@causal.must
def _last_sees_all(f: Any, seed: int) -> None:
    """The last query sees everything, the first one itself alone."""
    mask = f(4)
    assert bool(mask[-1].all()) and mask[0].tolist() == [True, False, False, False]


linear = target(
    "attention.linear",
    "linear_attention",
    call="linear_attention(queries, keys, values), causal, [..., T, e]",
)


def _phi(x: Tensor) -> Tensor:
    return torch.where(x > 0, x + 1, x.exp())


@linear.observed
def _linear_seen(f: Any, seed: int) -> list[Tensor]:
    q, k, v = _three(seed)
    return flat(f(q, k, v[..., :3]))


@linear.equals
def _linear_want(seed: int) -> list[Tensor]:
    q, k, v = _three(seed)
    w = (_phi(q) @ _phi(k).transpose(-2, -1)).tril()
    return flat(w @ v[..., :3] / w.sum(-1, keepdim=True))


@linear.must
def _equal_values(f: Any, seed: int) -> None:
    """Where all values are equal, so is what comes out."""
    q, k, v = _three(seed)
    assert torch.allclose(f(q, k, torch.ones_like(v)), torch.ones_like(v))


recurrent = target(
    "attention.linear",
    "recurrent_step",
    call="recurrent_step(query, key, value, state, norm) gives (output, state, norm)",
)


def _steps(f: Any, seed: int) -> list[Tensor]:
    q, k, v = _three(seed)
    state, norm, outs = torch.zeros(B, D, 3).double(), torch.zeros(B, D).double(), []
    for i in range(T):
        out, state, norm = f(q[:, i], k[:, i], v[:, i, :3], state, norm)
        outs.append(out)
    return flat(torch.stack(outs, 1), state, norm)


recurrent.observed(_steps)


@recurrent.equals
def _recurrent_want(seed: int) -> list[Tensor]:
    q, k, v = _three(seed)
    state = _phi(k).transpose(1, 2) @ v[..., :3]
    return [_linear_want(seed)[0], state, _phi(k).sum(1)]


@recurrent.must
def _first_token(f: Any, seed: int) -> None:
    """The first token gives its own value."""
    q, k, v = _three(seed)
    out = f(q[:, 0], k[:, 0], v[:, 0], torch.zeros(B, D, D), torch.zeros(B, D))[0]
    assert torch.allclose(out, v[:, 0])
