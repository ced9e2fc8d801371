"""Exercise on a test for self-attention."""

from collections.abc import Callable

import torch
from torch import Tensor

from aigc_course.clinic.exercise import test_exercise

Attention = Callable[[Tensor, Tensor, Tensor], Tensor]


def of_squares(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """A version to tell answers apart: it is not linear in the values."""
    weights = (q @ k.transpose(1, 2)).softmax(2)
    return weights @ v.square()


def of_nothing(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Another one: it does not look at the values."""
    return torch.zeros_like(v)


exercise = test_exercise(
    "20.exposes_attention_weights",
    patient="attention_weights",
    probes=(of_squares, of_nothing),
    order=150,
    title="Does a token see the others?",
    difficulty=3,
    minutes=12,
    idea="Attention lets a token look at the others. Change one token, and ask what"
    " must change at another one.",
    formula="Change v at token 0 of every sequence. The output at token 1 must change,"
    " since its weight for token 0 is positive. And if all values are equal, so is the"
    " output, because the weights of a query sum to 1.",
    line="Write `q, k, v = torch.randn(3, 2, 5, 4)`, `other = v.clone()`, `other[:, 0]"
    " += 1`, `gap = attention(q, k, other)[:, 1] - attention(q, k, v)[:, 1]`, `assert"
    " gap.abs().max() > 1e-5` and `return None`.",
    variation="Write a second test: keys and values in another order of the tokens give"
    " the same output.",
)


@exercise.answer
def exposes_attention_weights(attention: Attention) -> None:
    """Raise AssertionError if a token does not see the others.

    attention: called with q, k and v, [n, t, d] each; returns [n, t, d].
    """
    q, k, v = torch.randn(3, 2, 5, 4)
    other = v.clone()
    other[:, 0] += 1
    gap = attention(q, k, other)[:, 1] - attention(q, k, v)[:, 1]
    assert gap.abs().max() > 1e-5, "token 1 sees token 0"


@exercise.mistake(hint="idea")
def sees_itself(attention: Attention) -> None:
    """Your test is satisfied when a token sees itself, and it does so in sick code too.
    Change one token and look at another one alone."""
    q, k, v = torch.randn(3, 2, 5, 4)
    other = v.clone()
    other[:, 0] += 1
    gap = attention(q, k, other)[:, 0] - attention(q, k, v)[:, 0]
    assert gap.abs().max() > 1e-5


@exercise.mistake(hint="idea")
def blind_to_the_rest(attention: Attention) -> None:
    """Your test demands that a token does not see the others. That is a masked or
    broken attention: you accuse every healthy one."""
    q, k, v = torch.randn(3, 2, 5, 4)
    other = v.clone()
    other[:, 0] += 1
    gap = attention(q, k, other)[:, 1] - attention(q, k, v)[:, 1]
    assert gap.abs().max() < 1e-5


@exercise.mistake(hint="idea")
def is_linear_in_the_values(attention: Attention) -> None:
    """Your test asks whether doubled values give a doubled output. That holds for the
    patient too: its weights do not depend on the values either."""
    q, k, v = torch.randn(3, 2, 5, 4)
    assert torch.allclose(attention(q, k, 2 * v), 2 * attention(q, k, v), atol=1e-4)
