"""Exercise on the discriminator that has to name the class."""

import math

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, nll_loss, softplus

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "10.auxiliary_loss",
    order=30,
    title="Two questions, four terms",
    difficulty=2,
    minutes=10,
    idea="D answers two questions about each image. Real or generated: right answers"
    " differ for the two halves. Which class: the right answer is the label, for both.",
    formula="E softplus(-a_real) + E softplus(a_fake) - E log C(y | x_real)"
    " - E log C(y | x_fake).",
    line="With `softplus, ce = nn.functional.softplus, nn.functional.cross_entropy`"
    " return `softplus(-real_logits).mean() + softplus(fake_logits).mean() +"
    " ce(real_guess, labels) + ce(fake_guess, labels)`.",
    variation="Turn the sign of the last term in D's loss and find the paper that"
    " does so on purpose.",
    asks="formula",
)


@exercise.answer
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


def answers(n: int, classes: int) -> tuple[Tensor, ...]:
    """D's answers about n real and n generated images, and the labels."""
    logits = 2 * torch.randn(2, n, 1)
    guesses = 3 * torch.randn(2, n, classes)
    return *logits, *guesses, torch.randint(classes, (n,))


@exercise.inputs
def some() -> list[tuple[Tensor, ...]]:
    return [answers(6, 4), answers(9, 10), wide_answers()]


def wide_answers() -> tuple[Tensor, ...]:
    """Logits from -150 to 150, where a sigmoid in 32 bits is exactly 0 or 1."""
    logits = torch.linspace(-150, 150, 6)[:, None]
    guesses = torch.linspace(-150, 150, 24).view(6, 4)
    return logits, logits.flip(0), guesses, guesses.flip(0), torch.arange(6) % 4


@exercise.must_hold
def right_everywhere_costs_nothing(f) -> bool:
    """The loss of a D that is right and sure about everything is 0."""
    y = torch.arange(5)
    sure, named = torch.full((5, 1), 60.0), 60 * torch.eye(5)
    return abs(float(f(sure, -sure, named, named, y))) < 1e-6


@exercise.must_hold
def logits_may_be_large(f) -> bool:
    """Logits of 1,000 give a finite loss."""
    y = torch.arange(5)
    named = 1000 * torch.eye(5).roll(1, 0)
    loss = f(*2 * [torch.full((5, 1), -1000.0)], named, named, y)
    return math.isfinite(float(loss))


@exercise.mistake(hint="idea")
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


@exercise.mistake(hint="idea")
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


@exercise.mistake(hint="line")
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


@exercise.mistake(hint="idea")
def the_source_forgotten(
    real_logits: Tensor,
    fake_logits: Tensor,
    real_guess: Tensor,
    fake_guess: Tensor,
    labels: Tensor,
) -> Tensor:
    """Your D is only a classifier: L_S, real against generated images, is missing. G
    may then draw anything that can be classified: add L_S."""
    return cross_entropy(real_guess, labels) + cross_entropy(fake_guess, labels)


@exercise.mistake(hint="formula")
def log_of_a_sigmoid(
    real_logits: Tensor,
    fake_logits: Tensor,
    real_guess: Tensor,
    fake_guess: Tensor,
    labels: Tensor,
) -> Tensor:
    """You take the logarithm of a sigmoid. In 32 bits it is exactly 0 or 1 for logits
    of 150, and log 0 is infinite: use `softplus`, which is given the logit."""
    source = -real_logits.sigmoid().log().mean()
    source = source - (1 - fake_logits.sigmoid()).log().mean()
    return (
        source + cross_entropy(real_guess, labels) + cross_entropy(fake_guess, labels)
    )


@exercise.mistake(hint="formula")
def a_quarter(
    real_logits: Tensor,
    fake_logits: Tensor,
    real_guess: Tensor,
    fake_guess: Tensor,
    labels: Tensor,
) -> Tensor:
    """Your loss is a quarter of (10.6): real and generated half are averaged, and each
    of them averages its two terms. Minimum and directions are the same; L_S + L_C is
    a plain sum."""
    return auxiliary_loss(real_logits, fake_logits, real_guess, fake_guess, labels) / 4


@exercise.mistake(hint="formula")
def a_half(
    real_logits: Tensor,
    fake_logits: Tensor,
    real_guess: Tensor,
    fake_guess: Tensor,
    labels: Tensor,
) -> Tensor:
    """Your loss is half of (10.6). The minimum is the same, but L_S + L_C adds the real
    and the generated half and does not average them."""
    return auxiliary_loss(real_logits, fake_logits, real_guess, fake_guess, labels) / 2


@exercise.mistake(hint="line")
def nll_of_logits(
    real_logits: Tensor,
    fake_logits: Tensor,
    real_guess: Tensor,
    fake_guess: Tensor,
    labels: Tensor,
) -> Tensor:
    """`nll_loss` expects log-probabilities, and you give it logits: it returns minus
    the logit of the label. Use `cross_entropy`, which takes the log-softmax first."""
    source = softplus(-real_logits).mean() + softplus(fake_logits).mean()
    return source + nll_loss(real_guess, labels) + nll_loss(fake_guess, labels)


@exercise.mistake(hint="idea")
def what_the_generator_minimises(
    real_logits: Tensor,
    fake_logits: Tensor,
    real_guess: Tensor,
    fake_guess: Tensor,
    labels: Tensor,
) -> Tensor:
    """That is G's loss: it rewards generated images that D takes for real. D's own loss
    has all four terms, and softplus(+a) for the generated images."""
    return softplus(-fake_logits).mean() + cross_entropy(fake_guess, labels)


@exercise.mistake(hint="formula")
def class_loss_subtracted(
    real_logits: Tensor,
    fake_logits: Tensor,
    real_guess: Tensor,
    fake_guess: Tensor,
    labels: Tensor,
) -> Tensor:
    """You subtract the class loss, so that D and C would learn to misread every image.
    Both halves are losses to minimise: add them."""
    source = softplus(-real_logits).mean() + softplus(fake_logits).mean()
    named = cross_entropy(real_guess, labels) + cross_entropy(fake_guess, labels)
    return source - named


@exercise.mistake(hint="formula")
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
