"""Exercise on the projection discriminator."""

import torch
from torch import Tensor
from torch.nn.functional import normalize

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "10.projection",
    order=20,
    title="Each class asks a question of its own",
    difficulty=2,
    minutes=8,
    idea="Two judgements are added: is it a digit at all, which is the same for all"
    " classes, and does it fit the label, for which each class has its own weights.",
    formula="logit_i = w . h_i + b + v_y . h_i with y the label of image i.",
    line="Return `h @ w + b + (V[labels] * h).sum(1)`.",
    variation="Give V the rank 1 and see which classes can still be told apart.",
    asks="formula",
)


@exercise.answer
def projection(h: Tensor, labels: Tensor, w: Tensor, b: Tensor, V: Tensor) -> Tensor:
    """Logits [N] of features h [N, F]: psi(h) + v_y . h.

    Miyato & Koyama 2018, equation 5. labels [N], w [F], b a number, V [classes, F].
    """
    return h @ w + b + (V[labels] * h).sum(1)


def features(n: int, size: int, classes: int) -> tuple[Tensor, ...]:
    """Features, labels, and weights of a projection."""
    y = torch.randint(classes, (n,))
    w, b, V = torch.randn(size), torch.randn(()), torch.randn(classes, size)
    return torch.randn(n, size), y, w, b, V


@exercise.inputs
def some() -> list[tuple[Tensor, ...]]:
    return [features(6, 4, 3), features(5, 7, 10)]


@exercise.must_hold
def labels_matter_through_the_image(f) -> bool:
    """Where the features are 0, all labels get the same logit, b."""
    h, y, w, b, V = features(6, 4, 3)
    return same(f(0 * h, y, w, b, V), b.expand(6))


@exercise.must_hold
def images_are_judged_one_by_one(f) -> bool:
    """The logit of an image does not depend on the rest of the batch."""
    h, y, w, b, V = features(6, 4, 3)
    return same(f(h, y, w, b, V)[2:3], f(h[2:3], y[2:3], w, b, V))


@exercise.mistake(hint="idea")
def label_without_image(
    h: Tensor, labels: Tensor, w: Tensor, b: Tensor, V: Tensor
) -> Tensor:
    """Your label adds a number that the image has no part in. Such a D finds some
    labels likelier than others, and never asks whether label and image fit."""
    return h @ w + b + V[labels].sum(1)


@exercise.mistake(hint="idea")
def fit_alone(h: Tensor, labels: Tensor, w: Tensor, b: Tensor, V: Tensor) -> Tensor:
    """The part that all classes share is missing: w . h + b, whether it looks like a
    digit at all."""
    return (V[labels] * h).sum(1)


@exercise.mistake(hint="idea")
def log_posterior(h: Tensor, labels: Tensor, w: Tensor, b: Tensor, V: Tensor) -> Tensor:
    """You add log p(y|x), a softmax over the classes. The term that the softmax divides
    by depends on x alone and has joined psi(h): add v_y . h itself."""
    named = (h @ V.T).log_softmax(1)
    return h @ w + b + named.gather(1, labels[:, None])[:, 0]


@exercise.mistake(hint="formula")
def averaged(h: Tensor, labels: Tensor, w: Tensor, b: Tensor, V: Tensor) -> Tensor:
    """You average over the features. An inner product is their sum; the mean makes the
    label count less the more features there are."""
    return h @ w + b + (V[labels] * h).mean(1)


@exercise.mistake(hint="formula")
def unit_rows(h: Tensor, labels: Tensor, w: Tensor, b: Tensor, V: Tensor) -> Tensor:
    """You normalise the rows of V. Their lengths say how much a class counts and are
    learnt: take the rows as they are."""
    return h @ w + b + (normalize(V[labels], dim=1) * h).sum(1)


@exercise.mistake(hint="formula")
def a_probability(h: Tensor, labels: Tensor, w: Tensor, b: Tensor, V: Tensor) -> Tensor:
    """You return sigmoid(a), a probability. The logit a is wanted; the loss applies the
    sigmoid itself."""
    return projection(h, labels, w, b, V).sigmoid()


@exercise.mistake(hint="idea")
def the_likeliest_class(
    h: Tensor, labels: Tensor, w: Tensor, b: Tensor, V: Tensor
) -> Tensor:
    """You take the class that fits the image best and never use `labels`. D is asked
    whether the image fits the label that was given: pick row V[label]."""
    return h @ w + b + (h @ V.T).amax(1)


@exercise.mistake(hint="formula")
def all_labels_at_once(
    h: Tensor, labels: Tensor, w: Tensor, b: Tensor, V: Tensor
) -> Tensor:
    """You add the questions of all classes. Only that of the label counts."""
    return h @ w + b + (h @ V.T).sum(1)


@exercise.mistake(hint="line")
def everyone_with_everyone(
    h: Tensor, labels: Tensor, w: Tensor, b: Tensor, V: Tensor
) -> Tensor:
    """A matrix product of features and the rows V[labels] pairs each image with the
    labels of all others. Multiply row by row and sum over the features."""
    return h @ w + b + (h @ V[labels].T).sum(1)
