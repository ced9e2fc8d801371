"""Exercise: the share of a batch that D takes for real."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "04.added",
    order=55,
    title="How many pass",
    difficulty=1,
    minutes=3,
    idea="A sample passes where D believes in it more than in its opposite.",
    formula="The belief is above one half where the logit is above 0.",
    line="Write `return (logits > 0).float().mean()`.",
    variation="Count those of which D is sure, with a belief above 0.9.",
)


@exercise.answer
def added(logits: Tensor) -> Tensor:
    """Share of logits [N] that D takes for real, 0 to 1."""
    return (logits > 0).float().mean()


@exercise.inputs
def some() -> list[Tensor]:
    return [3 * torch.randn(20) + 1, 3 * torch.randn(9) - 1]


@exercise.must_hold
def ends(f) -> bool:
    """None passes where all logits are negative, and all where they are positive."""
    return same(f(-torch.ones(4)), torch.tensor(0.0)) and same(
        f(torch.ones(4)), torch.tensor(1.0)
    )


@exercise.mistake(hint="idea")
def mean_belief(logits: Tensor) -> Tensor:
    """This is the mean belief. Count samples instead: each passes or does not."""
    return logits.sigmoid().mean()


@exercise.mistake(hint="formula")
def logit_for_belief(logits: Tensor) -> Tensor:
    """You compare the logit with one half. It is the belief that lies between 0 and 1,
    and a belief of one half is a logit of 0."""
    return (logits > 0.5).float().mean()


@exercise.mistake(hint="formula")
def other_side(logits: Tensor) -> Tensor:
    """You count those that D rejects. A logit above 0 means real."""
    return (logits < 0).float().mean()
