"""Exercise on scaled dot-product attention."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "11.attention",
    order=30,
    title="Attention, with a mask",
    difficulty=3,
    minutes=12,
    idea="Three steps: scores of every query with every key, weights that sum to 1 over"
    " the keys, a weighted mean of the values. What the mask forbids must have weight 0"
    " while the rest still sums to 1.",
    formula="s_ij = q_i . k_j / sqrt(d), minus infinity where the mask is False; a ="
    " softmax over j; o_i = sum_j a_ij v_j.",
    line="Write `s = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5`, then `s ="
    " s.masked_fill(~mask, float('-inf'))`, then `return s.softmax(dim=-1) @ v`.",
    variation="Let a row of the mask be False everywhere, say what attention should"
    " return there, and see what yours returns.",
)


@exercise.answer
def attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """Scaled dot-product attention (Vaswani et al. 2017, equation 1): [..., T, e].

    q: [..., T, d]. k: [..., S, d]. v: [..., S, e]. mask: bool, broadcasts to
    [..., T, S]; True where a query may look.
    """
    s = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    s = s.masked_fill(~mask, -math.inf)
    return s.softmax(dim=-1) @ v


def drawn(*shape: int, queries: int, keys: int) -> tuple[Tensor, Tensor, Tensor]:
    """q, k, v with these leading axes, of size 8, with values of size 3."""
    return (
        2 * torch.randn(*shape, queries, 8),
        2 * torch.randn(*shape, keys, 8),
        torch.randn(*shape, keys, 3),
    )


def some_mask(queries: int, keys: int) -> Tensor:
    """Random, with at least one True a row, and not all True."""
    mask = torch.rand(queries, keys) < 0.5
    mask[torch.arange(queries), torch.randint(keys, (queries,))] = True
    mask[:, 0] = torch.arange(queries) % 2 == 0
    mask[1, 1] = True
    return mask


@exercise.inputs
def batches() -> list[tuple[Tensor, Tensor, Tensor, Tensor]]:
    causal = torch.ones(4, 4).tril().bool()
    return [
        (*drawn(2, 3, queries=4, keys=4), causal),
        (*drawn(queries=5, keys=3), torch.ones(5, 3, dtype=torch.bool)),
        (*drawn(2, queries=3, keys=5), some_mask(3, 5)),
    ]


@exercise.must_hold
def as_torch_has_it(f) -> bool:
    """The result is that of torch's own scaled_dot_product_attention."""
    q, k, v = drawn(2, queries=6, keys=6)
    mask = torch.ones(6, 6).tril().bool()
    want = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return same(f(q, k, v, mask), want)


@exercise.must_hold
def forbidden(f) -> bool:
    """A key that the mask forbids changes nothing, whatever its value."""
    q, k, v = drawn(queries=3, keys=4)
    mask = torch.ones(3, 4, dtype=torch.bool)
    mask[:, 2] = False
    other = v.clone()
    other[2] = 100.0
    return same(f(q, k, other, mask), f(q, k, v, mask))


@exercise.must_hold
def one_key(f) -> bool:
    """With a single allowed key the result is its value."""
    q, k, v = drawn(queries=2, keys=3)
    mask = torch.tensor([[True, False, False], [False, False, True]])
    return same(f(q, k, v, mask), v[[0, 2]])


def _scores(q: Tensor, k: Tensor) -> Tensor:
    return q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])


@exercise.mistake(hint="formula")
def over_the_queries(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """Your weights sum to 1 over the queries. Each query shares out one whole among the
    keys: take the softmax over the last axis."""
    s = _scores(q, k).masked_fill(~mask, -1e9)
    return s.softmax(dim=-2) @ v


@exercise.mistake(hint="formula")
def masked_after(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """You set weights to 0 after the softmax, so the allowed ones no longer sum to 1.
    Put minus infinity into the scores before it."""
    return (_scores(q, k).softmax(dim=-1) * mask) @ v


@exercise.mistake(hint="formula")
def not_scaled(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """Your scores are not divided by sqrt(d): they are about sqrt(d) times too large,
    and the softmax is nearly a maximum."""
    s = (q @ k.transpose(-2, -1)).masked_fill(~mask, -math.inf)
    return s.softmax(dim=-1) @ v


@exercise.mistake(hint="formula")
def divided_by_d(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """You divide by d. The standard deviation of a dot product is sqrt(d), so dividing
    by d makes the scores too small."""
    s = q @ k.transpose(-2, -1) / q.shape[-1]
    return s.masked_fill(~mask, -math.inf).softmax(dim=-1) @ v


@exercise.mistake(hint="formula")
def scaled_after(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """You divide the weights by sqrt(d) and not the scores: the result is too small by
    that factor, and the softmax sees scores that are too large."""
    s = (q @ k.transpose(-2, -1)).masked_fill(~mask, -math.inf)
    return s.softmax(dim=-1) / math.sqrt(q.shape[-1]) @ v


@exercise.mistake(hint="formula")
def mask_added(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """You add the mask, 0 or 1, to the scores: a forbidden key is only a little less
    likely. It has to get minus infinity."""
    return (_scores(q, k) + mask).softmax(dim=-1) @ v


@exercise.mistake(hint="idea")
def mask_turned_round(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """You keep what the mask forbids. True means that a query may look there."""
    return _scores(q, k).masked_fill(mask, -1e9).softmax(dim=-1) @ v


@exercise.mistake(hint="formula")
def scores_set_to_zero(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """You set forbidden scores to 0, and exp(0) is 1: such a key still gets a weight.
    It has to get minus infinity."""
    return _scores(q, k).masked_fill(~mask, 0.0).softmax(dim=-1) @ v


@exercise.mistake(hint="idea")
def mask_left_out(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """You do not use the mask, so every query looks everywhere, into the future too."""
    return _scores(q, k).softmax(dim=-1) @ v
