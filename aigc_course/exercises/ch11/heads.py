"""Exercise on several heads side by side."""

import math

import torch
from torch import Tensor, nn

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "11.heads",
    order=40,
    title="Several heads",
    difficulty=4,
    minutes=18,
    asks="formula",
    idea="A head is attention on its own slice of the coordinates. Give the heads an"
    " axis of their own, run attention once for all, and put the slices back side by"
    " side before the last matrix.",
    formula="[T, C] to [T, H, d] to [H, T, d] for q, k and v; o = attention, causal;"
    " [H, T, d] to [T, H, d] to [T, C]; then times W_o.",
    line="Write `split = lambda y: y.unflatten(-1, (count, -1)).transpose(-3, -2)`,"
    " then the attention o of the three split products, then"
    " `return o.transpose(-3, -2).flatten(-2) @ out`.",
    line_is_part="it needs your attention between the two",
    variation="Count the weights for 1, 2, 4 and 8 heads, and explain the result.",
)


def _attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    s = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    future = ~torch.ones(s.shape[-2:]).tril().bool()
    return s.masked_fill(future, -math.inf).softmax(dim=-1) @ v


@exercise.answer
def heads(
    x: Tensor, query: Tensor, key: Tensor, value: Tensor, out: Tensor, count: int
) -> Tensor:
    """Causal self-attention with `count` heads: [B, T, C] (Vaswani et al. 2017).

    x: [B, T, C]. query, key, value, out: [C, C], used as x @ query and so on. Head h
    owns the coordinates h d to (h + 1) d, with d = C / count.
    """
    future = ~torch.ones(x.shape[-2], x.shape[-2]).tril().bool()

    def split(y: Tensor) -> Tensor:  # [B, T, C] to [B, H, T, d]
        return y.unflatten(-1, (count, -1)).transpose(-3, -2)

    q, k, v = split(x @ query), split(x @ key), split(x @ value)
    s = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # [B, H, T, T]
    o = s.masked_fill(future, -math.inf).softmax(dim=-1) @ v  # [B, H, T, d]
    return o.transpose(-3, -2).flatten(-2) @ out


def drawn(count: int, width: int = 12) -> tuple:
    """x [2, 5, width], four matrices, and the number of heads."""
    matrices = [torch.randn(width, width) / 2 for _ in range(4)]
    return (torch.randn(2, 5, width), *matrices, count)


@exercise.inputs
def several() -> list[tuple]:
    return [drawn(1), drawn(3), drawn(4)]


@exercise.must_hold
def as_torch_has_it(f) -> bool:
    """The result is that of torch's nn.MultiheadAttention with the same matrices."""
    x, q, k, v, o, count = drawn(3)
    layer = nn.MultiheadAttention(12, count, bias=False, batch_first=True)
    with torch.no_grad():
        layer.in_proj_weight.copy_(torch.cat([q.T, k.T, v.T]))
        layer.out_proj.weight.copy_(o.T)
    future = ~torch.ones(5, 5).tril().bool()
    want, _ = layer(x, x, x, attn_mask=future, need_weights=False)
    return same(f(x, q, k, v, o, count), want.detach(), 1e-3)


@exercise.must_hold
def causal(f) -> bool:
    """A change of the last token does not change the positions before it."""
    x, *rest = drawn(3)
    other = x.clone()
    other[:, -1] += 3
    return same(f(other, *rest)[:, :-1], f(x, *rest)[:, :-1])


@exercise.must_hold
def apart(f) -> bool:
    """With W_o the identity, a head writes to its own coordinates alone."""
    x, q, k, v, _, count = drawn(3)
    mine, other = torch.eye(12), v.clone()
    other[:, 4:8] = 0.0  # the values of the second head
    one, two = (f(x, q, k, w, mine, count) for w in (v, other))
    return same(two[..., :4], one[..., :4]) and same(two[..., 8:], one[..., 8:])


@exercise.mistake(hint="formula")
def one_head(x, query, key, value, out, count) -> Tensor:
    """You have one head over all coordinates. Each of the heads has its own softmax, on
    its own d = C / H coordinates."""
    return _attention(x @ query, x @ key, x @ value) @ out


@exercise.mistake(hint="formula")
def scaled_by_the_width(x, query, key, value, out, count) -> Tensor:
    """You divide by sqrt(C). The dot products of a head have d = C / H terms, so the
    scale is sqrt(d)."""

    def split(y):
        return y.unflatten(-1, (count, -1)).transpose(-3, -2)

    q = split(x @ query) / math.sqrt(count)
    o = _attention(q, split(x @ key), split(x @ value))
    return o.transpose(-3, -2).flatten(-2) @ out


@exercise.mistake(hint="formula")
def viewed_without_transposing(x, query, key, value, out, count) -> Tensor:
    """You reshape [B, T, C] straight to [B, H, T, d]. That mixes positions into heads:
    go over [B, T, H, d] and exchange the two axes."""

    def split(y):
        return y.reshape(len(y), count, y.shape[1], -1)

    o = _attention(split(x @ query), split(x @ key), split(x @ value))
    return o.reshape(x.shape) @ out


@exercise.mistake(hint="formula")
def put_together_wrongly(x, query, key, value, out, count) -> Tensor:
    """You reshape [B, H, T, d] straight to [B, T, C]. Exchange the axes of heads and
    positions first, or a position receives the coordinates of other positions."""

    def split(y):
        return y.unflatten(-1, (count, -1)).transpose(-3, -2)

    o = _attention(split(x @ query), split(x @ key), split(x @ value))
    return o.reshape(x.shape) @ out


@exercise.mistake(hint="formula")
def without_the_last_matrix(x, query, key, value, out, count) -> Tensor:
    """You leave out W_o. Without it the heads' results only stand side by side and are
    never combined."""

    def split(y):
        return y.unflatten(-1, (count, -1)).transpose(-3, -2)

    o = _attention(split(x @ query), split(x @ key), split(x @ value))
    return o.transpose(-3, -2).flatten(-2)


@exercise.mistake(hint="idea")
def sees_the_future(x, query, key, value, out, count) -> Tensor:
    """Your positions look at later positions. Causal attention forbids that: put minus
    infinity above the diagonal of the scores."""

    def split(y):
        return y.unflatten(-1, (count, -1)).transpose(-3, -2)

    q, k, v = split(x @ query), split(x @ key), split(x @ value)
    s = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    o = s.softmax(dim=-1) @ v
    return o.transpose(-3, -2).flatten(-2) @ out


@exercise.mistake(hint="formula")
def interleaved(x, query, key, value, out, count) -> Tensor:
    """You give head h every H-th coordinate. Here head h owns d neighbouring ones: the
    axis of heads comes before the axis of coordinates."""

    def split(y):
        return y.unflatten(-1, (-1, count)).permute(0, 3, 1, 2)

    o = _attention(split(x @ query), split(x @ key), split(x @ value))
    return o.permute(0, 2, 3, 1).flatten(-2) @ out


def _of_heads(y: Tensor, count: int) -> Tensor:
    """[B, T, C] to [B, H, T, d]."""
    return y.unflatten(-1, (count, -1)).transpose(-3, -2)


def _joined(o: Tensor) -> Tensor:
    """[B, H, T, d] to [B, T, C]."""
    return o.transpose(-3, -2).flatten(-2)


@exercise.mistake(hint="formula")
def shared_among_the_heads(x, query, key, value, out, count) -> Tensor:
    """Your softmax runs over the heads. The scores are [B, H, T, T]: the keys are the
    last axis, dim=-1."""
    q, k, v = (_of_heads(x @ m, count) for m in (query, key, value))
    s = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    future = ~torch.ones(s.shape[-2:]).tril().bool()
    return _joined(s.masked_fill(future, -1e9).softmax(dim=1) @ v) @ out


@exercise.mistake(hint="formula")
def heads_among_themselves(x, query, key, value, out, count) -> Tensor:
    """Your tensors are [B, T, H, d], so the heads of one position look at each other
    and no position looks at another. Exchange the axes of heads and positions first."""
    q, k, v = ((x @ m).unflatten(-1, (count, -1)) for m in (query, key, value))
    a = (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(dim=-1)
    return (a @ v).flatten(-2) @ out


@exercise.mistake(hint="formula")
def matrices_transposed(x, query, key, value, out, count) -> Tensor:
    """You multiply by the transposed matrices, as nn.Linear does with its weight. Here
    they are used as x @ query."""
    q, k, v = (_of_heads(x @ m.T, count) for m in (query, key, value))
    return _joined(_attention(q, k, v)) @ out.T


@exercise.mistake(hint="idea")
def cut_after_the_softmax(x, query, key, value, out, count) -> Tensor:
    """You cut the weights of later positions off after the softmax, so the others no
    longer sum to 1. Put minus infinity into the scores before it."""
    q, k, v = (_of_heads(x @ m, count) for m in (query, key, value))
    a = (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(dim=-1)
    return _joined(a.tril() @ v) @ out


@exercise.mistake(hint="formula")
def scaled_by_the_heads(x, query, key, value, out, count) -> Tensor:
    """You divide by the root of the number of heads. The dot products of a head have
    d = C / H terms: divide by sqrt(d)."""
    q, k, v = (_of_heads(x @ m, count) for m in (query, key, value))
    q = q * math.sqrt(q.shape[-1] / count)
    return _joined(_attention(q, k, v)) @ out


@exercise.mistake(hint="formula")
def not_scaled(x, query, key, value, out, count) -> Tensor:
    """Your scores are not divided by sqrt(d), so they are too large and the softmax is
    nearly a maximum. Here d = C / H is the size of a head."""
    q, k, v = (_of_heads(x @ m, count) for m in (query, key, value))
    return _joined(_attention(q * math.sqrt(q.shape[-1]), k, v)) @ out


@exercise.mistake(hint="formula")
def not_even_itself(x, query, key, value, out, count) -> Tensor:
    """Your mask forbids a position to look at itself, so the first position may look
    nowhere, and its weights are 0/0. The diagonal is allowed: m_ij = 1 for j <= i."""
    q, k, v = (_of_heads(x @ m, count) for m in (query, key, value))
    s = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    past = torch.ones(s.shape[-2:]).tril(-1).bool()
    return _joined(s.masked_fill(~past, -math.inf).softmax(dim=-1) @ v) @ out


@exercise.mistake(hint="formula")
def mask_added(x, query, key, value, out, count) -> Tensor:
    """You add a mask of ones and zeros to the scores: later positions are only a little
    less likely. They have to get minus infinity."""
    q, k, v = (_of_heads(x @ m, count) for m in (query, key, value))
    s = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    return _joined((s + torch.ones(s.shape[-2:]).tril()).softmax(dim=-1) @ v) @ out


@exercise.mistake(hint="formula")
def keys_for_values(x, query, key, value, out, count) -> Tensor:
    """Your values are made with the matrix of the keys. They have one of their own,
    x @ value."""
    q, k = (_of_heads(x @ m, count) for m in (query, key))
    return _joined(_attention(q, k, k)) @ out


@exercise.mistake(hint="idea")
def sees_the_future_alone(x, query, key, value, out, count) -> Tensor:
    """Your mask is turned round: you forbid the past, and the last position, which may
    then look nowhere, is 0/0. Put minus infinity above the diagonal."""
    q, k, v = (_of_heads(x @ m, count) for m in (query, key, value))
    s = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    past = torch.ones(s.shape[-2:]).tril().bool()
    return _joined(s.masked_fill(past, -math.inf).softmax(dim=-1) @ v) @ out
