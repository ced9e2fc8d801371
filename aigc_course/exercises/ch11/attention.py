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
    asks="formula",
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
    """True and False in every row and in every column, above the diagonal too.

    So minus infinity and -1e9 do the same, even over the wrong axis.
    """
    return (torch.arange(queries)[:, None] + torch.arange(keys)) % 3 > 0


@exercise.inputs
def batches() -> list[tuple[Tensor, Tensor, Tensor, Tensor]]:
    return [
        (*drawn(2, 3, queries=4, keys=4), some_mask(4, 4)),
        (*drawn(queries=5, keys=3), some_mask(5, 3)),
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


@exercise.must_hold
def forbidden_below_all_scores(f) -> bool:
    """A forbidden key gets no weight, even where all allowed scores are far below 0: it
    needs minus infinity, and a number such as -20 is too large."""
    q, v = torch.full((2, 8), 5.0), torch.randn(4, 3)
    k = -torch.tensor([5.0, 6.0, 5.0, 1.0])[:, None].expand(4, 8)  # scores below -70
    mask = torch.tensor([True, True, True, False]).expand(2, 4)
    return same(f(q, k, v, mask), f(q, k[:3], v[:3], mask[:, :3]))


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


@exercise.mistake(hint="formula")
def fixed_axis(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """Your softmax runs over axis 1 whatever the inputs are; with batch and heads in
    front that axis is not the keys. Count from behind: dim=-1."""
    return _scores(q, k).masked_fill(~mask, -1e9).softmax(dim=1) @ v


@exercise.mistake(hint="formula")
def fixed_axis_of_nothing(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """Your softmax runs over axis 1 whatever the inputs are. With heads there, a
    position that is forbidden in all of them gives 0/0: take the last axis, dim=-1."""
    return _scores(q, k).masked_fill(~mask, -math.inf).softmax(dim=1) @ v


@exercise.mistake(hint="line")
def infinity_times_nought(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """You multiply the mask by minus infinity, and 0 times infinity is NaN. Put minus
    infinity where the mask is False: masked_fill or torch.where."""
    s = _scores(q, k) + (1 - mask.float()) * -math.inf
    return s.softmax(dim=-1) @ v


@exercise.mistake(hint="formula")
def keys_viewed(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """You reshape the keys to [d, S]. That mixes the coordinates of different keys:
    exchange the two axes, k.transpose(-2, -1)."""
    turned = k.reshape(*k.shape[:-2], k.shape[-1], k.shape[-2])
    s = q @ turned / math.sqrt(q.shape[-1])
    return s.masked_fill(~mask, -math.inf).softmax(dim=-1) @ v


@exercise.mistake(hint="formula")
def scaled_by_the_count(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """You divide by the root of the number of keys. The variance of a score is d, the
    size of a query, however many keys there are."""
    s = q @ k.transpose(-2, -1) / math.sqrt(k.shape[-2])
    return s.masked_fill(~mask, -math.inf).softmax(dim=-1) @ v


@exercise.mistake(hint="idea")
def causal_whatever_is_given(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """You make a causal mask and ignore the one that is given, which may allow later
    positions and forbid earlier ones."""
    return attention(q, k, v, torch.ones(mask.shape[-2:]).tril().bool())


@exercise.mistake(hint="formula")
def scaled_by_the_values(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """You divide by the root of the size of a value. The scores are dot products of
    queries and keys: d is q.shape[-1]."""
    s = q @ k.transpose(-2, -1) / math.sqrt(v.shape[-1])
    return s.masked_fill(~mask, -math.inf).softmax(dim=-1) @ v
