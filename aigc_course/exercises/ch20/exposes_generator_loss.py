"""Exercise on a test for a generator's loss."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from aigc_course.clinic.exercise import test_exercise

Loss = Callable[[Tensor, Tensor], Tensor]


def negative(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """A version to tell answers apart: it is below 0 everywhere."""
    return -torch.nn.functional.softplus(fake_logits).mean() - 3


exercise = test_exercise(
    "20.exposes_generator_loss",
    patient="generator_loss",
    probes=(negative,),
    order=20,
    title="A first test",
    difficulty=2,
    minutes=12,
    idea="G wants D to take its samples for real. Ask which way its loss must move"
    " when the logits of the generated samples rise.",
    formula="Draw logits with `torch.randn(16, 1)`. Then loss(real, fake + 1) <"
    " loss(real, fake) must hold, and the same is true of the slope.",
    line="Write `real, fake = torch.randn(16, 1), torch.randn(16, 1)`, then `assert"
    " loss(real, fake + 1) < loss(real, fake)`, then `return None`.",
    variation="Write a second property: the logits of the real samples must not change"
    " the slope in those of the generated ones.",
)


@exercise.answer
def exposes_generator_loss(loss: Loss) -> None:
    """Raise AssertionError if this is not a loss for a generator.

    loss: called with the logits of real and of generated samples, [n, 1] each.
    """
    real, fake = torch.randn(16, 1), torch.randn(16, 1)
    assert loss(real, fake + 1) < loss(real, fake), "more belief must cost less"


@exercise.mistake(hint="idea")
def other_way_round(loss: Loss) -> None:
    """Your test demands that the loss rises when D believes more in the generated
    samples. That is what D wants, so you accuse every healthy loss of G."""
    real, fake = torch.randn(16, 1), torch.randn(16, 1)
    assert loss(real, fake + 1) > loss(real, fake)


@exercise.mistake(hint="idea")
def is_positive(loss: Loss) -> None:
    """Your test asks whether the loss is positive. It is for healthy and for sick code:
    ask which way it moves."""
    assert loss(torch.randn(16, 1), torch.randn(16, 1)) > 0


@exercise.mistake(hint="idea")
def has_a_slope(loss: Loss) -> None:
    """Your test asks whether there is a gradient. The patient has one, and its sign is
    wrong: ask for the sign."""
    fake = torch.randn(16, 1, requires_grad=True)
    loss(torch.randn(16, 1), fake).backward()
    assert fake.grad is not None and bool(fake.grad.any())


@exercise.mistake(hint="formula")
def value_of_d(loss: Loss) -> None:
    """You demand the loss 2 log 2 where all logits are 0. That is the value of D's
    loss. G's loss has one term and is log 2 there: you accuse every healthy one."""
    nothing = torch.zeros(16, 1)
    assert abs(float(loss(nothing, nothing)) - 2 * math.log(2)) < 1e-4


@exercise.mistake(hint="formula")
def moves_the_real_logits(loss: Loss) -> None:
    """You move the logits of the real samples, which G cannot change. Move those of the
    generated ones."""
    real, fake = torch.randn(16, 1), torch.randn(16, 1)
    assert loss(real + 1, fake) < loss(real, fake)
