"""Exercise on repairing masked attention weights."""

import math

from torch import Tensor

from aigc_course.clinic.exercise import repair_exercise

exercise = repair_exercise(
    "20.mask_after_softmax",
    patient="c_mask_after_softmax",
    order=260,
    title="Weights that do not sum to 1",
    difficulty=2,
    minutes=10,
    idea="The weights of a query are a distribution over the places where it may look."
    " Its normaliser must not see the others.",
    formula="Set the forbidden scores to -inf before the softmax: exp(-inf) = 0.",
    line="Write `return scores.masked_fill(~allowed, -math.inf).softmax(dim=-1)`.",
    variation="Say what happens to a row in which nothing is allowed, and how you would"
    " notice it.",
)


@exercise.answer
def mask_after_softmax(scores: Tensor, allowed: Tensor) -> Tensor:
    """Weights [.., T, S] of scores; `allowed` is True where a query may look."""
    masked = scores.masked_fill(~allowed, -math.inf)
    return masked.softmax(dim=-1)


@exercise.mistake(hint="formula")
def zero_scores(scores, allowed):
    """You multiply the scores by the mask. A score of 0 is not forbidden: exp(0) = 1.
    Use -inf."""
    return (scores * allowed).softmax(dim=-1)


@exercise.mistake(hint="formula")
def mask_turned(scores, allowed):
    """You mask the places that are allowed. `masked_fill` fills where its mask is True,
    so use `~allowed`."""
    return scores.masked_fill(allowed, -1e9).softmax(dim=-1)


@exercise.mistake(hint="formula")
def wrong_axis(scores, allowed):
    """You apply the softmax along the queries. The weights of one query, along the last
    axis, have to sum to 1."""
    return scores.masked_fill(~allowed, -1e9).softmax(dim=-2)


@exercise.mistake(hint="formula")
def not_low_enough(scores, allowed):
    """You subtract a small number from the forbidden scores. They keep a part of the
    weight: use -inf."""
    return (scores - 3.0 * ~allowed).softmax(dim=-1)
