"""Exercise on a test for a training loop."""

from collections.abc import Callable

import torch
from torch import Tensor

from aigc_course.clinic.exercise import test_exercise

Step = Callable[[Tensor], float]
Fit = Callable[[Step, Tensor, int, int], list[float]]


def nothing(step: Step, data: Tensor, epochs: int, batch_size: int) -> None:
    """A version to tell answers apart: no step, and no list."""


exercise = test_exercise(
    "20.exposes_no_steps",
    patient="no_steps",
    probes=(nothing,),
    without=("shapes only", "loss falls"),
    order=160,
    title="Count the steps",
    difficulty=2,
    minutes=12,
    idea="The loop calls the step that you give it. So give it a step that only notes"
    " what it sees, and look at its notes.",
    formula="With 12 samples, batches of 4 and 2 epochs, the step is called 6 times,"
    " and each sample is seen twice.",
    line="Write `seen = []`, `fit(lambda batch: seen.append(batch) or 0.0,"
    " torch.arange(12.0), 2, 4)`, `assert len(seen) == 6`, `counts ="
    " torch.cat(seen).unique(return_counts=True)[1]`, `assert counts.tolist() == [2] *"
    " 12` and `return None`.",
    variation="Ask also that two epochs have different orders.",
)


@exercise.answer
def exposes_no_steps(fit: Fit) -> None:
    """Raise AssertionError if the loop does not show every sample once an epoch.

    fit: called with a step (batch -> loss), data [n, ...], epochs and batch_size.
    """
    seen: list[Tensor] = []

    def step(batch: Tensor) -> float:
        seen.append(batch)
        return 0.0

    fit(step, torch.arange(12.0), 2, 4)
    assert len(seen) == 6, "two epochs of three batches"
    counts = torch.cat(seen).unique(return_counts=True)[1]
    assert counts.tolist() == [2] * 12, "each sample is seen once in an epoch"


def _seen(fit: Fit, n: int, epochs: int, size: int) -> list[Tensor]:
    seen: list[Tensor] = []

    def step(batch: Tensor) -> float:
        seen.append(batch)
        return 0.0

    fit(step, torch.arange(float(n)), epochs, size)
    return seen


@exercise.mistake(hint="formula")
def one_batch_of_all(fit: Fit) -> None:
    """You use a batch as large as the data. The patient takes the right number of steps
    there: use more samples than a batch holds."""
    assert len(_seen(fit, 8, 2, 8)) == 2


@exercise.mistake(hint="formula")
def batch_larger_than_data(fit: Fit) -> None:
    """You use a batch that is larger than the data. Healthy loops differ there: some
    take one step with what there is, and some take none."""
    assert len(_seen(fit, 6, 2, 12)) == 2


@exercise.mistake(hint="formula")
def odd_rest(fit: Fit) -> None:
    """You use a number of samples that the batch size does not divide. Some healthy
    loops drop the rest, and others do not: choose a multiple."""
    assert len(_seen(fit, 10, 1, 4)) == 3


@exercise.mistake(hint="idea")
def length_of_the_losses(fit: Fit) -> None:
    """Your test asks whether the loop returns a list. The patient returns an empty one,
    and without a complaint: ask how many steps it took."""
    assert isinstance(fit(lambda batch: 0.0, torch.arange(12.0), 2, 4), list)
