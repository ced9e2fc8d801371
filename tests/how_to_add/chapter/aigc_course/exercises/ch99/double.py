"""Exercise: twice of a number."""

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "99.double",
    order=10,
    title="Twice",
    difficulty=1,
    minutes=2,
    idea="Twice a number is the number added to itself.",
    formula="The result is 2 x.",
    line="Write `return 2 * x`.",
    variation="Write the half.",
)


@exercise.answer
def double(x: Tensor) -> Tensor:
    """Twice of x, for numbers and for tensors."""
    return 2 * x


@exercise.inputs
def some() -> list[Tensor]:
    return [torch.randn(3), torch.randn(2, 2)]


@exercise.must_hold
def nothing(f) -> bool:
    """Twice of 0 is 0."""
    return not f(torch.zeros(2)).any()


@exercise.mistake(hint="idea")
def square(x: Tensor) -> Tensor:
    """This is the square, which is twice the number for 2 only. Add x to itself."""
    return x**2


@exercise.mistake(hint="formula")
def two_more(x: Tensor) -> Tensor:
    """You add 2. Multiply by it."""
    return x + 2


@exercise.mistake(hint="formula")
def a_half(x: Tensor) -> Tensor:
    """This is the half. Multiply by 2 where you divide."""
    return x / 2
