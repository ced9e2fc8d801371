"""Exercise on attention with a cache of keys and values."""

import math

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "11.cached_step",
    order=130,
    title="One new token",
    difficulty=3,
    minutes=12,
    asks="method",
    idea="Keys and values of earlier tokens do not change when a token is added. Keep"
    " them, put the new ones behind them, and let the new query look at all.",
    formula="K' = [K; k], V' = [V; v], o = softmax(q K'^T / sqrt(d)) V'.",
    line="Write `keys = torch.cat([keys, k], dim=-2)`, then `values ="
    " torch.cat([values, v], dim=-2)`, then `a = (q @ keys.transpose(-2, -1) /"
    " q.shape[-1] ** 0.5).softmax(dim=-1)`, then `return a @ values, keys, values`.",
    variation="Compute how many bytes the cache of a model with 30 layers, 3 groups of"
    " keys of size 64 and 1,000 tokens needs in float32.",
)


@exercise.answer
def cached_step(
    q: Tensor, k: Tensor, v: Tensor, keys: Tensor, values: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Attention of one new token: (output [B, H, 1, e], all keys, all values).

    q, k: [B, H, 1, d] and v: [B, H, 1, e] of the new token. keys: [B, H, S, d] and
    values: [B, H, S, e] of the S tokens before it, S >= 0. The new token also looks at
    itself.
    """
    keys = torch.cat([keys, k], dim=-2)  # [B, H, S + 1, d]
    values = torch.cat([values, v], dim=-2)
    a = (q @ keys.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(dim=-1)
    return a @ values, keys, values


def new_token(seen: int) -> tuple[Tensor, ...]:
    """q, k, v of one token, and keys and values of those before it."""
    one = [2 * torch.randn(2, 3, 1, 4) for _ in range(3)]
    return (*one, 2 * torch.randn(2, 3, seen, 4), torch.randn(2, 3, seen, 4))


@exercise.inputs
def tokens() -> list[tuple[Tensor, ...]]:
    return [new_token(5), new_token(1), new_token(0)]


@exercise.must_hold
def as_the_full_pass(f) -> bool:
    """Token by token gives the same outputs as all tokens at once with a causal
    mask."""
    q, k, v = torch.randn(3, 1, 2, 6, 4)
    s = (q @ k.transpose(-2, -1) / 2).masked_fill(
        ~torch.ones(6, 6).tril().bool(), -math.inf
    )
    want = s.softmax(dim=-1) @ v
    keys, values, got = k[:, :, :0], v[:, :, :0], []
    for t in range(6):
        new = slice(t, t + 1)
        o, keys, values = f(q[:, :, new], k[:, :, new], v[:, :, new], keys, values)
        got.append(o.to(torch.float32))
        keys, values = keys.to(torch.float32), values.to(torch.float32)
    return same(torch.cat(got, dim=-2), want, 1e-3)


@exercise.must_hold
def the_first_token(f) -> bool:
    """With nothing seen yet the output is the token's own value."""
    q, k, v, keys, values = new_token(0)
    return same(f(q, k, v, keys, values)[0], v)


@exercise.mistake(hint="idea")
def looks_at_the_past_alone(q, k, v, keys, values):
    """The new token does not look at itself: put its key and value behind the others
    before attention."""
    a = (q @ keys.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(dim=-1)
    return (
        a @ values,
        torch.cat([keys, k], dim=-2),
        torch.cat([values, v], dim=-2),
    )


@exercise.mistake(hint="formula")
def nothing_kept(q, k, v, keys, values):
    """You return the old keys and values, so the next token will not see this one.
    Return the longer ones."""
    more, others = torch.cat([keys, k], dim=-2), torch.cat([values, v], dim=-2)
    a = (q @ more.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(dim=-1)
    return a @ others, keys, values


@exercise.mistake(hint="formula")
def put_in_front(q, k, v, keys, values):
    """You put the new key and value in front of the old ones. The output is the same
    here, but the cache is then in the wrong order: new positions come behind."""
    more, others = torch.cat([k, keys], dim=-2), torch.cat([v, values], dim=-2)
    a = (q @ more.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(dim=-1)
    return a @ others, more, others


@exercise.mistake(hint="formula")
def not_scaled(q, k, v, keys, values):
    """You forget to divide the scores by sqrt(d), so the result differs from the full
    pass."""
    more, others = torch.cat([keys, k], dim=-2), torch.cat([values, v], dim=-2)
    return (q @ more.transpose(-2, -1)).softmax(dim=-1) @ others, more, others


@exercise.mistake(hint="formula")
def scaled_by_the_count(q, k, v, keys, values):
    """You divide the scores by the root of the number of keys. The scale is the root of
    the size of a key, which does not change as the sequence grows."""
    more, others = torch.cat([keys, k], dim=-2), torch.cat([values, v], dim=-2)
    a = (q @ more.transpose(-2, -1) / math.sqrt(more.shape[-2])).softmax(dim=-1)
    return a @ others, more, others


@exercise.mistake(hint="idea")
def only_itself(q, k, v, keys, values):
    """The new token looks at itself alone. Its query is compared with all keys, the
    earlier ones too."""
    more, others = torch.cat([keys, k], dim=-2), torch.cat([values, v], dim=-2)
    return v.clone(), more, others


@exercise.mistake(hint="formula")
def values_swapped(q, k, v, keys, values):
    """You return values and keys in the wrong order: first the output, then keys, then
    values."""
    more, others = torch.cat([keys, k], dim=-2), torch.cat([values, v], dim=-2)
    a = (q @ more.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(dim=-1)
    return a @ others, others, more


def _longer(k, v, keys, values):
    return torch.cat([keys, k], dim=-2), torch.cat([values, v], dim=-2)


def _looked(q, keys, values):
    s = q @ keys.transpose(-2, -1) / math.sqrt(q.shape[-1])
    return s.softmax(dim=-1) @ values


@exercise.mistake(hint="idea")
def first_key_alone(q, k, v, keys, values):
    """Your new token sees the first key alone. A causal mask for one query, as
    is_causal makes it, starts at the first position; the query stands at the last. It
    needs no mask."""
    more, others = _longer(k, v, keys, values)
    return others[:, :, :1].clone(), more, others


@exercise.mistake(hint="formula")
def new_ones_kept_alone(q, k, v, keys, values):
    """You return the key and the value of the new token alone. The next token needs the
    earlier ones, too: return the longer tensors."""
    more, others = _longer(k, v, keys, values)
    return _looked(q, more, others), k, v


@exercise.mistake(hint="idea")
def oldest_dropped(q, k, v, keys, values):
    """You drop the oldest key for each new one. The cache grows by one position a step,
    or the new token cannot see the start of the text."""
    more, others = _longer(k, v, keys[:, :, 1:], values[:, :, 1:])
    return _looked(q, more, others), more, others


@exercise.mistake(hint="formula")
def softmax_over_one_query(q, k, v, keys, values):
    """Your softmax runs over the queries. There is one, so every weight is 1 and the
    output is the sum of all values. Take the last axis, dim=-1."""
    more, others = _longer(k, v, keys, values)
    return others.sum(dim=-2, keepdim=True), more, others


@exercise.mistake(hint="formula")
def appended_twice(q, k, v, keys, values):
    """The new key and value stand twice in the cache that you return, so the next token
    gives them double weight. Append them once."""
    more, others = _longer(k, v, keys, values)
    return _looked(q, more, others), *_longer(k, v, more, others)


@exercise.mistake(hint="formula")
def keys_and_values_apart(q, k, v, keys, values):
    """Your new key stands behind the others and your new value in front of them, so
    keys and values no longer belong together."""
    more, others = torch.cat([keys, k], dim=-2), torch.cat([v, values], dim=-2)
    return _looked(q, more, others), more, others


@exercise.mistake(hint="line")
def along_the_heads(q, k, v, keys, values):
    """You join along the axis of heads. Positions are the last axis but one: dim=-2."""
    more, others = torch.cat([keys, k], dim=1), torch.cat([values, v], dim=1)
    return _looked(q, more, others), more, others


@exercise.mistake(hint="formula")
def divided_by_d(q, k, v, keys, values):
    """You divide the scores by d. The scale is its root, as in the full pass."""
    more, others = _longer(k, v, keys, values)
    return _looked(q / math.sqrt(q.shape[-1]), more, others), more, others
