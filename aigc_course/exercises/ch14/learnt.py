"""Exercise: what the label really stands for."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "14.learnt",
    order=20,
    title="What the label really stands for",
    difficulty=3,
    minutes=12,
    idea="You know how a label comes from a class, and want the class behind a label:"
    " that is Bayes' rule.",
    formula="P(y = i | label j) = P(i) T_ij / sum_k P(k) T_kj.",
    line="`joint = prior[:, None] * T` and `return joint / joint.sum(0)`.",
    variation="Let a tenth of the fours be called nines and no nine a four, and see who"
    " suffers.",
    asks="derive",
)


@exercise.answer
def learnt(T: Tensor, prior: Tensor) -> Tensor:
    """P(class i | label j), [C, C]; T[i, j] = P(label j | class i), prior [C]."""
    joint = prior[:, None] * T  # P(class i, label j)
    return joint / joint.sum(0)


@exercise.inputs
def some_tables() -> list[tuple[Tensor, Tensor]]:
    T = torch.tensor([[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.05, 0.05, 0.9]]).double()
    uneven = torch.tensor([0.6, 0.3, 0.1]).double()
    random = torch.rand(5, 5).double().softmax(1)
    return [(T, uneven), (random, torch.rand(5).double().softmax(0))]


@exercise.must_hold
def each_label_stands_for_something(f) -> bool:
    """The classes behind a label are a distribution: every column sums to 1."""
    T, prior = some_tables()[0]
    return same(f(T, prior).sum(0), torch.ones(3).double())


@exercise.must_hold
def right_labels_are_what_they_say(f) -> bool:
    """Where no label is wrong, each label stands for its own class alone."""
    eye = torch.eye(4).double()
    return same(f(eye, torch.rand(4).double() + 0.1), eye)


@exercise.mistake(hint="idea")
def the_table_itself(T: Tensor, prior: Tensor) -> Tensor:
    """That is the probability of a label given the class. The generator is asked with
    the label and has to know the class behind it: turn it round by Bayes' rule."""
    return T


@exercise.mistake(hint="formula")
def no_prior(T: Tensor, prior: Tensor) -> Tensor:
    """How frequent the classes are does not enter your result: it is left out, or it
    multiplies the columns and cancels. Multiply row i by P(i), then scale the
    columns."""
    return T / T.sum(0)


@exercise.mistake(hint="line")
def not_scaled(T: Tensor, prior: Tensor) -> Tensor:
    """That is the joint probability of class and label. Given the label, divide by how
    probable that label is."""
    return prior[:, None] * T


@exercise.mistake(hint="line")
def transposed(T: Tensor, prior: Tensor) -> Tensor:
    """Rows are classes and columns are labels; yours are the other way round."""
    joint = prior[:, None] * T
    return (joint / joint.sum(0)).T


@exercise.mistake(hint="formula")
def prior_of_the_columns(T: Tensor, prior: Tensor) -> Tensor:
    """You multiply column j by P(j) and scale the rows: that is Bayes' rule for the
    other direction. The prior belongs to the class i, which is the row: `prior[:, None]
    * T`."""
    joint = prior * T
    return joint / joint.sum(1, keepdim=True)


@exercise.mistake(hint="idea")
def turned_and_no_prior(T: Tensor, prior: Tensor) -> Tensor:
    """You turn the table round and scale it, without the prior. How often a class
    occurs decides how often it stands behind a label: multiply row i by P(i), then
    scale the columns."""
    return T.T / T.T.sum(0)
