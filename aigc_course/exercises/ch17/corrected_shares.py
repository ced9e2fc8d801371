"""Exercise on shares that are counted by a classifier which makes errors."""

import torch
from scipy.optimize import nnls
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "17.corrected_shares",
    order=10,
    title="Who is really drawn?",
    difficulty=3,
    minutes=15,
    asks="derive",
    idea="Write down which share is read as class j when the true shares are p. Every"
    " true class adds to it. Then solve for p.",
    formula="read_j = sum over i of p_i A_ij, that is read = A^T p. So p = (A^T)^-1"
    " read.",
    line="Write `return torch.linalg.solve(confusion.T, read)`.",
    variation="Make the classifier useless: let all rows of A be equal. Find out what"
    " `solve` says, and what can still be known about p.",
)


@exercise.answer
def corrected_shares(read: Tensor, confusion: Tensor) -> Tensor:
    """The true shares [C] that explain what a classifier reads.

    read: the share of the pictures that is read as each class, [C]. confusion: [C, C],
    row i, column j: the probability that a picture of class i is read as j. The result
    may be slightly below 0: clipping it would raise rare classes on average.
    Forman 2008, "adjusted count"; CLEAM (Teo et al. 2023) for generators.
    """
    return torch.linalg.solve(confusion.T, read)


def judge(classes: int, accuracy: float) -> Tensor:
    """Rows of a classifier that reads some classes better, and confuses some more."""
    wrong = torch.rand(classes, classes, dtype=torch.float64)
    wrong.fill_diagonal_(0)
    error = (1 - accuracy) * (0.5 + torch.rand(classes, 1).double())
    wrong *= error / wrong.sum(1, keepdim=True)
    return wrong + torch.diag(1 - error[:, 0])


def shares(classes: int) -> Tensor:
    """Uneven shares that sum to 1."""
    return torch.distributions.Dirichlet(torch.ones(classes).double()).sample()


@exercise.inputs
def readings() -> list[tuple[Tensor, Tensor]]:
    made = []
    for classes, accuracy in ((2, 0.9), (3, 0.8), (10, 0.97), (5, 0.7)):
        A = judge(classes, accuracy)
        made.append((A.T @ shares(classes), A))
    none_of_the_first = torch.tensor([0.01, 0.5, 0.49], dtype=torch.float64)
    made.append((none_of_the_first, judge(3, 0.85)))  # the first share is negative
    return made


@exercise.must_hold
def a_perfect_judge_is_believed(f) -> bool:
    """A classifier without errors leaves the shares as they were read."""
    read = shares(4)
    return same(torch.as_tensor(f(read, torch.eye(4).double())).double(), read)


@exercise.must_hold
def true_shares_come_back(f) -> bool:
    """Shares that are read through a confusion come back."""
    p, A = shares(6), judge(6, 0.8)
    return same(torch.as_tensor(f(A.T @ p, A)).double(), p, 1e-3)


@exercise.mistake(hint="idea")
def as_read(read, confusion):
    """You return the shares as they were read. They are shifted towards what the
    classifier confuses the common classes with."""
    return read.clone()


@exercise.mistake(hint="formula")
def rows_and_columns_swapped(read, confusion):
    """You solve A p = read. The share read as j sums over the true classes i, which
    are the rows: solve A^T p = read."""
    return torch.linalg.solve(confusion, read)


@exercise.mistake(hint="idea")
def confused_once_more(read, confusion):
    """You multiply by A^T, which is what the classifier has done already. Undo it:
    solve the system."""
    return confusion.T @ read


@exercise.mistake(hint="idea")
def multiplied_by_the_rows(read, confusion):
    """You multiply A by the shares that were read. This weighs the rows by them and
    does not undo the confusion: solve A^T p = read."""
    return confusion @ read


@exercise.mistake(hint="formula")
def by_its_own_accuracy(read, confusion):
    """You divide each share by the accuracy of its class. What other classes are read
    as this one stays in: the whole system has to be solved."""
    return read / confusion.diagonal()


@exercise.mistake(hint="formula")
def by_accuracy_and_normalised(read, confusion):
    """You divide each share by the accuracy of its class and normalise. What other
    classes are read as this one stays in: the whole system has to be solved."""
    raw = read / confusion.diagonal()
    return raw / raw.sum()


@exercise.mistake(hint="idea")
def clipped(read, confusion):
    """You set negative shares to 0. The estimate of a rare class is then too high on
    average, and the shares no longer sum to 1: leave them."""
    return torch.linalg.solve(confusion.T, read).clamp(min=0)


@exercise.mistake(hint="idea")
def clipped_and_normalised(read, confusion):
    """You set negative shares to 0 and normalise. The estimate of a rare class is then
    too high on average: leave negative shares as they are."""
    p = torch.linalg.solve(confusion.T, read).clamp(min=0)
    return p / p.sum()


@exercise.mistake(hint="idea")
def bayes_with_even_classes(read, confusion):
    """You use Bayes' rule as if all classes were equally frequent. The shares are what
    is not known: solve for them."""
    posterior = confusion / confusion.sum(0, keepdim=True)  # [true, read]
    return posterior @ read


@exercise.mistake(hint="idea")
def bayes_with_the_read_shares(read, confusion):
    """You use Bayes' rule with the shares that were read in place of the true ones.
    This corrects a part of the error only."""
    joint = confusion * read[:, None]
    return (joint / joint.sum(0, keepdim=True)) @ read


@exercise.mistake(hint="formula")
def errors_subtracted_once(read, confusion):
    """You subtract what the classifier adds to each class, computed with the shares
    that were read. It depends on the true shares: solve for them."""
    return 2 * read - confusion.T @ read


@exercise.mistake(hint="idea")
def least_squares_above_zero(read, confusion):
    """You look for the best shares that are not negative. The estimate of a rare class
    is then too high on average: solve without this condition."""
    return torch.from_numpy(nnls(confusion.T.numpy(), read.numpy())[0])


@exercise.mistake(hint="idea")
def absolute_values(read, confusion):
    """You take absolute values. A share slightly below 0 then becomes one above 0:
    leave negative shares as they are."""
    return torch.linalg.solve(confusion.T, read).abs()
