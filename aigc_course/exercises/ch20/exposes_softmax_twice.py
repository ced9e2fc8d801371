"""Exercise on a test for a classifier's loss."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_course.clinic.exercise import test_exercise

Loss = Callable[[Tensor, Tensor], Tensor]


def of_scores(scores: Tensor, labels: Tensor) -> Tensor:
    """A version to tell answers apart: it does not normalise."""
    return -scores.gather(1, labels[:, None]).mean()


def squared(scores: Tensor, labels: Tensor) -> Tensor:
    """Another one: squared errors of the scores."""
    return (scores - F.one_hot(labels, scores.shape[1])).square().mean()


def without_labels(scores: Tensor, labels: Tensor) -> Tensor:
    """Another one: it does not look at the labels."""
    return scores.logsumexp(1).mean()


def constant(scores: Tensor, labels: Tensor) -> Tensor:
    """Another one: a constant that a limit of 2 lets pass."""
    return 0 * scores.sum() + 1.99


exercise = test_exercise(
    "20.exposes_softmax_twice",
    patient="c_softmax_twice",
    probes=(of_scores, squared, without_labels, constant),
    order=250,
    title="How small can this loss become?",
    difficulty=2,
    minutes=10,
    idea="Think of a classifier that is right and nearly certain of every image, and"
    " say what its loss must be.",
    formula="Give the right class the score 40 and all others 0. The loss is then"
    " nearly 0. For equal scores of K classes it is log K.",
    line="Write `labels = torch.randint(10, (6,))`, then `assert loss(40.0 *"
    " F.one_hot(labels, 10).float(), labels) < 1e-3`, then `return None`.",
    variation="Derive the smallest loss that is possible with a second softmax.",
)


@exercise.answer
def exposes_softmax_twice(loss: Loss) -> None:
    """Raise AssertionError if a certain right answer costs something.

    loss: called with scores [n, K] and labels [n].
    """
    labels = torch.randint(10, (6,))
    scores = 40.0 * F.one_hot(labels, 10).float()
    assert loss(scores, labels) < 1e-3, "a certain right answer costs nothing"


@exercise.mistake(hint="formula")
def equal_scores(loss: Loss) -> None:
    """You test equal scores, where the loss is log K. A second softmax changes nothing
    there: test a certain answer."""
    labels = torch.randint(10, (6,))
    assert abs(float(loss(torch.zeros(6, 10), labels)) - 2.302585) < 1e-3


@exercise.mistake(hint="idea")
def right_is_cheaper(loss: Loss) -> None:
    """Your test asks whether a right answer is cheaper than a wrong one. It is in the
    sick code too: ask how cheap it is."""
    labels = torch.randint(9, (6,))
    right, wrong = (F.one_hot(labels + i, 10).float() * 5 for i in (0, 1))
    assert loss(right, labels) < loss(wrong, labels)


@exercise.mistake(hint="idea")
def shift_of_all_scores(loss: Loss) -> None:
    """Your test adds a constant to all scores. Softmax ignores it once or twice, so the
    sick code passes."""
    scores, labels = torch.randn(6, 10), torch.randint(10, (6,))
    assert torch.allclose(loss(scores, labels), loss(scores + 3, labels), atol=1e-4)


@exercise.mistake(hint="formula")
def certain_and_wrong(loss: Loss) -> None:
    """You demand that a certain wrong answer costs nothing. It has to cost much: you
    accuse every healthy loss."""
    labels = torch.randint(9, (6,))
    scores = 40.0 * F.one_hot(labels + 1, 10).float()
    assert loss(scores, labels) < 3


@exercise.mistake(hint="formula")
def too_generous(loss: Loss) -> None:
    """You allow a certain right answer to cost 2. The sick code costs 1.46 there: a
    healthy loss is nearly 0, so allow much less."""
    labels = torch.randint(10, (6,))
    assert loss(40.0 * F.one_hot(labels, 10).float(), labels) < 2
