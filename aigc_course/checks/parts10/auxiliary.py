"""Exercise on the discriminator that has to name the class."""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, log_softmax, nll_loss, softplus

from aigc_course.checks.exercise import Exercise

both_questions = Exercise(
    "10.auxiliary_loss",
    title="Two questions, four terms",
    difficulty=2,
    minutes=10,
    idea="D answers two questions about each image. Real or generated: right answers"
    " differ for the two halves. Which class: the right answer is the label, for both.",
    formula="E softplus(-a_real) + E softplus(a_fake) - E log C(y | x_real)"
    " - E log C(y | x_fake).",
    line="Return `softplus(-real_logits).mean() + softplus(fake_logits).mean() +"
    " cross_entropy(real_guess, labels) + cross_entropy(fake_guess, labels)`, both from"
    " `nn.functional`.",
    variation="Turn the sign of the last term in D's loss and find the paper that"
    " does so on purpose.",
)


@both_questions.answer
def auxiliary_loss(
    real_logits: Tensor,
    fake_logits: Tensor,
    real_guess: Tensor,
    fake_guess: Tensor,
    labels: Tensor,
) -> Tensor:
    """What an auxiliary-classifier D minimises, a scalar (Odena et al. 2017, eq. 2, 3).

    logits [N] or [N, 1], of being real; guesses [N, classes], class logits; labels [N].
    """
    source = softplus(-real_logits).mean() + softplus(fake_logits).mean()
    named = cross_entropy(real_guess, labels) + cross_entropy(fake_guess, labels)
    return source + named


@both_questions.also_right
def by_hand(
    real_logits: Tensor,
    fake_logits: Tensor,
    real_guess: Tensor,
    fake_guess: Tensor,
    labels: Tensor,
) -> Tensor:
    rows = torch.arange(len(labels))
    named = real_guess.log_softmax(1) + fake_guess.log_softmax(1)
    right = named[rows, labels]
    return (softplus(-real_logits) + softplus(fake_logits)).mean() - right.mean()


@both_questions.also_right
def in_one_batch(
    real_logits: Tensor,
    fake_logits: Tensor,
    real_guess: Tensor,
    fake_guess: Tensor,
    labels: Tensor,
) -> Tensor:
    signed = torch.cat([-real_logits, fake_logits])
    named = log_softmax(torch.cat([real_guess, fake_guess]), dim=1)
    return 2 * softplus(signed).mean() + 2 * nll_loss(named, labels.repeat(2))


def answers(n: int, classes: int) -> tuple[Tensor, ...]:
    """D's answers about n real and n generated images, and the labels."""
    logits = 2 * torch.randn(2, n, 1)
    guesses = 3 * torch.randn(2, n, classes)
    return *logits, *guesses, torch.randint(classes, (n,))


@both_questions.inputs
def some() -> list[tuple[Tensor, ...]]:
    return [answers(6, 4), answers(9, 10)]


@both_questions.must_hold
def right_everywhere_costs_nothing(f) -> bool:
    """A D that is right and sure about everything pays nothing."""
    y = torch.arange(5)
    sure, named = torch.full((5, 1), 60.0), 60 * torch.eye(5)
    return bool(f(sure, -sure, named, named, y).abs() < 1e-6)


@both_questions.must_hold
def logits_may_be_large(f) -> bool:
    """Logits of 1,000 give a finite loss."""
    y = torch.arange(5)
    named = 1000 * torch.eye(5).roll(1, 0)
    return bool(f(*2 * [torch.full((5, 1), -1000.0)], named, named, y).isfinite())


@both_questions.mistake(hint="idea")
def real_images_alone(
    real_logits: Tensor,
    fake_logits: Tensor,
    real_guess: Tensor,
    fake_guess: Tensor,
    labels: Tensor,
) -> Tensor:
    """You ask for the class of real images only. In the paper D's classifier learns
    from generated ones as well, since they too were asked for by label."""
    source = softplus(-real_logits).mean() + softplus(fake_logits).mean()
    return source + cross_entropy(real_guess, labels)


@both_questions.mistake(hint="idea")
def against_the_generator(
    real_logits: Tensor,
    fake_logits: Tensor,
    real_guess: Tensor,
    fake_guess: Tensor,
    labels: Tensor,
) -> Tensor:
    """In your loss D wants to misread the generated images. About the class the two
    players agree: both want it to be recognised."""
    source = softplus(-real_logits).mean() + softplus(fake_logits).mean()
    named = cross_entropy(real_guess, labels) - cross_entropy(fake_guess, labels)
    return source + named


@both_questions.mistake(hint="line")
def softmax_twice(
    real_logits: Tensor,
    fake_logits: Tensor,
    real_guess: Tensor,
    fake_guess: Tensor,
    labels: Tensor,
) -> Tensor:
    """`cross_entropy` takes logits and does the softmax itself; yours is done twice,
    and even a sure answer then costs something."""
    source = softplus(-real_logits).mean() + softplus(fake_logits).mean()
    guesses = (g.softmax(1) for g in (real_guess, fake_guess))
    return source + sum(cross_entropy(g, labels) for g in guesses)


@both_questions.mistake(hint="idea")
def the_source_forgotten(
    real_logits: Tensor,
    fake_logits: Tensor,
    real_guess: Tensor,
    fake_guess: Tensor,
    labels: Tensor,
) -> Tensor:
    """Your D is a classifier and nothing more: nobody asks it whether an image is
    real, so G may draw anything that can be classified."""
    return cross_entropy(real_guess, labels) + cross_entropy(fake_guess, labels)


@both_questions.mistake(hint="formula")
def sides_swapped(
    real_logits: Tensor,
    fake_logits: Tensor,
    real_guess: Tensor,
    fake_guess: Tensor,
    labels: Tensor,
) -> Tensor:
    """Your D is rewarded for calling real images generated: softplus(-a) belongs to
    the real ones, softplus(a) to the generated ones."""
    source = softplus(real_logits).mean() + softplus(-fake_logits).mean()
    named = cross_entropy(real_guess, labels) + cross_entropy(fake_guess, labels)
    return source + named
