"""Exercise on top-p decoding."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "12.nucleus",
    order=170,
    title="Keep what is probable",
    difficulty=3,
    minutes=12,
    asks="method",
    idea="Order the tokens from the likeliest to the least likely. Take them one after"
    " another until their probabilities sum to at least the share. Scale what you took"
    " to sum to 1.",
    formula="A token stays when the probabilities of all likelier tokens sum to less"
    " than the share.",
    line="Write `ordered, order = p.sort(dim=-1, descending=True)`, then `keep ="
    " ordered.cumsum(dim=-1) - ordered < share`, then `kept ="
    " torch.zeros_like(p).scatter(-1, order, ordered * keep)`, then `return kept /"
    " kept.sum(dim=-1, keepdim=True)`.",
    variation="Write min-p: keep tokens that are at least a tenth as probable as the"
    " likeliest. Find a distribution on which the two rules differ.",
)


@exercise.answer
def nucleus(p: Tensor, share: float) -> Tensor:
    """The distributions after top-p, [B, V]: each row again sums to 1.

    p: [B, V], rows that sum to 1, without equal entries. share: above 0 and below 1.
    The fewest likeliest tokens stay whose probabilities sum to at least the share; at
    least one stays.
    """
    ordered, order = p.sort(dim=-1, descending=True)
    keep = ordered.cumsum(dim=-1) - ordered < share
    kept = torch.zeros_like(p).scatter(-1, order, ordered * keep)
    return kept / kept.sum(dim=-1, keepdim=True)


@exercise.inputs
def distributions() -> list[tuple[Tensor, float]]:
    shares = (0.3, 0.9, 0.65)
    return [((1.5 * torch.randn(5, 8)).softmax(-1), share) for share in shares]


ROW = torch.tensor([[0.2, 0.5, 0.1, 0.15, 0.05]])


@exercise.must_hold
def the_token_that_crosses_stays(f) -> bool:
    """Of 0.5, 0.2, 0.15, ... a share of 0.6 keeps the first two: the token that reaches
    the share stays."""
    return same(f(ROW, 0.6), torch.tensor([[2 / 7, 5 / 7, 0, 0, 0]]), 1e-4)


@exercise.must_hold
def at_least_one(f) -> bool:
    """A share below the largest probability keeps the likeliest token alone."""
    return same(f(ROW, 0.1), torch.tensor([[0.0, 1, 0, 0, 0]]), 1e-4)


@exercise.must_hold
def ratios_stay(f) -> bool:
    """What stays keeps its ratios: 0.2 and 0.5 stay 2 to 5."""
    kept = f(ROW, 0.65)[0]
    return abs(float(kept[1]) - 2.5 * float(kept[0])) < 1e-4


@exercise.mistake(hint="formula")
def the_crossing_token_lost(p, share):
    """You drop the token that crosses the share, so what stays sums to less than it.
    Compare the sum of the tokens before it."""
    ordered, order = p.sort(dim=-1, descending=True)
    keep = ordered.cumsum(dim=-1) <= share
    keep[:, 0] = True
    kept = torch.zeros_like(p).scatter(-1, order, ordered * keep)
    return kept / kept.sum(dim=-1, keepdim=True)


@exercise.mistake(hint="idea")
def not_scaled(p, share):
    """Your rows sum to less than 1. Divide what you keep by its sum."""
    ordered, order = p.sort(dim=-1, descending=True)
    keep = ordered.cumsum(dim=-1) - ordered < share
    return torch.zeros_like(p).scatter(-1, order, ordered * keep)


@exercise.mistake(hint="formula")
def left_in_order(p, share):
    """You return the probabilities from the largest down. Put each back to its own
    token."""
    ordered = p.sort(dim=-1, descending=True).values
    kept = ordered * (ordered.cumsum(dim=-1) - ordered < share)
    return kept / kept.sum(dim=-1, keepdim=True)


@exercise.mistake(hint="idea")
def not_sorted(p, share):
    """You add up the tokens in the order of their numbers. Begin with the likeliest."""
    kept = p * (p.cumsum(dim=-1) - p < share)
    return kept / kept.sum(dim=-1, keepdim=True)


@exercise.mistake(hint="idea")
def from_the_unlikely_end(p, share):
    """You begin with the least likely tokens, and keep those. Sort in descending
    order."""
    ordered, order = p.sort(dim=-1)
    keep = ordered.cumsum(dim=-1) - ordered < share
    kept = torch.zeros_like(p).scatter(-1, order, ordered * keep)
    return kept / kept.sum(dim=-1, keepdim=True)


@exercise.mistake(hint="idea")
def a_threshold(p, share):
    """You keep tokens by their own probability. Top-p looks at the sum of the
    probabilities of a token and all likelier ones."""
    kept = p * (p >= (1 - share) * p.amax(dim=-1, keepdim=True))
    return kept / kept.sum(dim=-1, keepdim=True)


@exercise.mistake(hint="formula")
def equal_among_the_kept(p, share):
    """You give all kept tokens the same probability. Keep their ratios: divide by the
    sum."""
    ordered, order = p.sort(dim=-1, descending=True)
    keep = (ordered.cumsum(dim=-1) - ordered < share).to(p.dtype)
    kept = torch.zeros_like(p).scatter(-1, order, keep)
    return kept / kept.sum(dim=-1, keepdim=True)


@exercise.mistake(hint="formula")
def softmax_of_probabilities(p, share):
    """You apply a softmax to probabilities, which brings them nearer to each other.
    Divide by the sum instead."""
    ordered, order = p.sort(dim=-1, descending=True)
    keep = ordered.cumsum(dim=-1) - ordered < share
    some = torch.zeros_like(p, dtype=torch.bool).scatter(-1, order, keep)
    return p.masked_fill(~some, -torch.inf).softmax(dim=-1)


@exercise.mistake(hint="idea")
def one_row_for_all(p, share):
    """You choose the tokens by the first row, for all rows. Each row has a distribution
    of its own."""
    ordered, order = p[0].sort(descending=True)
    keep = torch.zeros_like(p[0]).scatter(
        0, order, (ordered.cumsum(0) - ordered < share).to(p.dtype)
    )
    kept = p * keep
    return kept / kept.sum(dim=-1, keepdim=True)


@exercise.mistake(hint="formula")
def one_too_many(p, share):
    """You keep one token more than you need. The sum before the last kept token is
    less than the share; yours has reached it."""
    ordered, order = p.sort(dim=-1, descending=True)
    before = ordered.cumsum(dim=-1) - ordered
    keep = torch.cat([torch.ones_like(p[:, :1]).bool(), before[:, :-1] < share], dim=-1)
    kept = torch.zeros_like(p).scatter(-1, order, ordered * keep)
    return kept / kept.sum(dim=-1, keepdim=True)


@exercise.mistake(hint="idea")
def a_share_of_the_tokens(p, share):
    """You keep this share of the tokens. The share is one of the probability: sum the
    probabilities, do not count tokens."""
    count = max(1, int(-(-share * p.shape[-1] // 1)))
    values, order = p.topk(count)
    kept = torch.zeros_like(p).scatter(-1, order, values)
    return kept / kept.sum(dim=-1, keepdim=True)


@exercise.mistake(hint="formula")
def put_back_by_gather(p, share):
    """You put the tokens back by `gather` with the sorting order, which permutes them
    once more. Use `scatter`, which undoes the order."""
    ordered, order = p.sort(dim=-1, descending=True)
    kept = ordered * (ordered.cumsum(dim=-1) - ordered < share)
    kept = kept.gather(-1, order)
    return kept / kept.sum(dim=-1, keepdim=True)


@exercise.mistake(hint="formula")
def divided_by_the_batch(p, share):
    """You divide by the sum over all rows. Each row sums to 1: divide by the sum of
    the last axis."""
    ordered, order = p.sort(dim=-1, descending=True)
    keep = ordered.cumsum(dim=-1) - ordered < share
    kept = torch.zeros_like(p).scatter(-1, order, ordered * keep)
    return kept / kept.sum()
