"""Exercise: as if all were alike."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "14.even_weights",
    order=80,
    title="As if all were alike",
    difficulty=2,
    minutes=10,
    idea="A picture of a class nine times too frequent counts a ninth. Weight by what"
    " the frequency should be over what it is.",
    formula="w_y = (1 / C) / p(y) with p(y) = n_y / N.",
    line="`counts = torch.bincount(labels, minlength=classes)` and"
    " `return len(labels) / (classes * counts)[labels].double()`.",
    variation="Weight for another target, say twice as many sevens as anything else.",
    exact_dtype=True,
    asks="derive",
)


@exercise.answer
def even_weights(labels: Tensor, classes: int) -> Tensor:
    """Weights [N] that make all classes of labels [N] weigh alike; their mean is 1."""
    counts = torch.bincount(labels, minlength=classes)
    return len(labels) / (classes * counts)[labels].double()


@exercise.inputs
def uneven() -> list[tuple[Tensor, int]]:
    ninety = torch.tensor([0] * 9 + [1])
    three = torch.tensor([2, 0, 0, 1, 1, 1, 0, 0, 0])
    return [(ninety, 2), (three, 3)]


@exercise.must_hold
def classes_weigh_alike(f) -> bool:
    """The weights of each class sum to the same."""
    labels = torch.tensor([0, 0, 0, 1, 2, 2])
    w = torch.as_tensor(f(labels, 3))
    sums = [float(w[labels == c].sum()) for c in range(3)]
    return same(sums, [2.0, 2.0, 2.0])


@exercise.must_hold
def nothing_to_correct(f) -> bool:
    """Where classes are alike already, every weight is 1."""
    return same(f(torch.tensor([0, 1, 1, 0]), 2), torch.ones(4).double())


@exercise.mistake(hint="formula")
def mean_not_one(labels: Tensor, classes: int) -> Tensor:
    """The proportions are right, but your weights do not average to 1: with them the
    loss, and so the learning rate, would be another."""
    return 1 / torch.bincount(labels, minlength=classes)[labels].double()


@exercise.mistake(hint="idea")
def the_wrong_way(labels: Tensor, classes: int) -> Tensor:
    """You give the frequent classes the greater weight. The rare ones need it."""
    counts = torch.bincount(labels, minlength=classes)
    return (classes * counts)[labels].double() / len(labels)


@exercise.mistake(hint="formula")
def one_a_class(labels: Tensor, classes: int) -> Tensor:
    """You return one weight for each class. Each picture gets one: index the weights by
    the labels."""
    counts = torch.bincount(labels, minlength=classes)
    return len(labels) / (classes * counts).double()


@exercise.mistake(hint="formula")
def the_root(labels: Tensor, classes: int) -> Tensor:
    """You take the root of the weights, which corrects half of the imbalance on a
    logarithmic scale. That is done at times, but then classes do not weigh alike."""
    return even_weights(labels, classes).sqrt()


@exercise.mistake(hint="formula")
def they_sum_to_one(labels: Tensor, classes: int) -> Tensor:
    """Your weights sum to 1. Their mean has to be 1, or a mean that is weighted with
    them is divided by N once more: multiply them by N."""
    weights = even_weights(labels, classes)
    return weights / weights.sum()


@exercise.mistake(hint="formula")
def without_c(labels: Tensor, classes: int) -> Tensor:
    """You divide 1 by the share of the class. The share that is wanted is 1/C and not
    1: divide by the number of classes too."""
    return classes * even_weights(labels, classes)


@exercise.mistake(hint="formula")
def against_the_most_frequent(labels: Tensor, classes: int) -> Tensor:
    """You give the most frequent class the weight 1. The proportions are right, but the
    mean of the weights is then above 1: divide N by C n_y instead."""
    counts = torch.bincount(labels, minlength=classes).double()
    return (counts.max() / counts)[labels]


@exercise.mistake(hint="idea")
def one_minus(labels: Tensor, classes: int) -> Tensor:
    """1 - p(y) is larger for rare classes, but the classes do not weigh alike with it.
    Divide by the share: a class ten times as rare needs ten times the weight."""
    share = torch.bincount(labels, minlength=classes).double() / len(labels)
    return (1 - share)[labels]


@exercise.mistake(hint="idea")
def minus_the_logarithm(labels: Tensor, classes: int) -> Tensor:
    """-log p(y) grows much more slowly than 1 / p(y), so rare classes still weigh less.
    Divide by the share itself."""
    share = torch.bincount(labels, minlength=classes).double() / len(labels)
    return -share.log()[labels]
