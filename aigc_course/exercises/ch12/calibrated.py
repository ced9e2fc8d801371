"""Exercise on removing a prompt's own preference for a label."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "12.calibrated",
    order=320,
    title="Remove the prompt's preference",
    difficulty=3,
    minutes=12,
    asks="derive",
    idea="Give each label its own factor, so that a text without content gets equal"
    " probabilities. Use the same factors for every text, and scale the result to sum"
    " to 1.",
    formula="q(y | x) = p(y | x) / p(y | empty) / sum over y of the same. In logarithms"
    " the division is a subtraction, and the scaling is a log-softmax.",
    line="Write `return (log_p - log_empty).softmax(dim=-1)`.",
    variation="Estimate the preference from 20 unlabelled texts in place of an empty"
    " one, and compare the two on the test items.",
)


@exercise.answer
def calibrated(log_p: Tensor, log_empty: Tensor) -> Tensor:
    """Probabilities of the labels without the prompt's preference: [N, L].

    log_p: log-probabilities of L labels for N texts, [N, L]. log_empty: the same for a
    text without content, [L].
    """
    return (log_p - log_empty).softmax(dim=-1)


@exercise.inputs
def several() -> list[tuple[Tensor, Tensor]]:
    found = []
    for n, labels in ((1, 2), (5, 3), (4, 6)):
        log_p = (2 * torch.randn(n, labels)).log_softmax(-1)
        found.append((log_p, torch.randn(labels).log_softmax(-1)))
    return found


@exercise.must_hold
def empty_texts_are_even(f) -> bool:
    """The empty text itself gets equal probabilities."""
    empty = torch.tensor([0.7, 0.2, 0.1]).log()
    return same(f(empty[None], empty), torch.full((1, 3), 1 / 3))


@exercise.must_hold
def no_preference_no_change(f) -> bool:
    """A prompt without a preference is left alone."""
    p = torch.tensor([[0.6, 0.3, 0.1], [0.2, 0.2, 0.6]])
    return same(f(p.log(), torch.full((3,), 1 / 3).log()), p)


@exercise.must_hold
def texts_are_apart(f) -> bool:
    """What a text gets does not depend on the other texts."""
    log_p = torch.tensor([[0.9, 0.1], [0.2, 0.8]]).log()
    empty = torch.tensor([0.6, 0.4]).log()
    return same(f(log_p, empty)[:1], f(log_p[:1], empty))


@exercise.mistake(hint="formula")
def not_scaled(log_p: Tensor, log_empty: Tensor) -> Tensor:
    """Your probabilities do not sum to 1. Divide by the empty text's, then by the sum
    over the labels."""
    return (log_p - log_empty).exp()


@exercise.mistake(hint="formula")
def probabilities_subtracted(log_p: Tensor, log_empty: Tensor) -> Tensor:
    """You subtract probabilities, which gives negative ones. The factors divide: the
    logarithms are subtracted."""
    return log_p.exp() - log_empty.exp()


@exercise.mistake(hint="idea")
def the_wrong_direction(log_p: Tensor, log_empty: Tensor) -> Tensor:
    """You add the preference once more in place of removing it. Subtract the logarithms
    of the empty text."""
    return (log_p + log_empty).softmax(dim=-1)


@exercise.mistake(hint="formula")
def logarithms_returned(log_p: Tensor, log_empty: Tensor) -> Tensor:
    """You return logarithms. Probabilities are asked for: take a softmax at the end."""
    return (log_p - log_empty).log_softmax(dim=-1)


@exercise.mistake(hint="formula")
def over_the_texts(log_p: Tensor, log_empty: Tensor) -> Tensor:
    """You scale over the texts. The probabilities of one text sum to 1: scale over the
    labels, the last axis."""
    return (log_p - log_empty).softmax(dim=0)


@exercise.mistake(hint="idea")
def mean_of_the_texts(log_p: Tensor, log_empty: Tensor) -> Tensor:
    """You take the preference from the mean over the texts and ignore the empty one.
    That is another method, and it changes with the texts that are asked."""
    return (log_p - log_p.exp().mean(dim=0).log()).softmax(dim=-1)


@exercise.mistake(hint="formula")
def difference_of_probabilities(log_p: Tensor, log_empty: Tensor) -> Tensor:
    """You take a softmax of p(y | x) - p(y | empty). A softmax expects logarithms:
    subtract those."""
    return (log_p.exp() - log_empty.exp()).softmax(dim=-1)


@exercise.mistake(hint="idea")
def not_at_all(log_p: Tensor, log_empty: Tensor) -> Tensor:
    """You return the probabilities as they are, with the prompt's preference in them.
    Divide each by that of the empty text."""
    return log_p.exp()


@exercise.mistake(hint="formula")
def divided_logarithms(log_p: Tensor, log_empty: Tensor) -> Tensor:
    """You divide logarithms by logarithms. A quotient of probabilities is a difference
    of logarithms."""
    return (log_p / log_empty).softmax(dim=-1)
