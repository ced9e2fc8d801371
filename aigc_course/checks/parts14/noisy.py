"""Exercises on wrong labels: making them, and what they teach a generator."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

wrong_ones = Exercise(
    "14.flipped",
    title="Wrong on purpose",
    difficulty=2,
    minutes=8,
    idea="A wrong label is any class but the right one. Walk 1 to C - 1 steps around"
    " the circle of classes, and you never come back to where you were.",
    formula="y' = (y + s) mod C for the chosen rows, s from 1 to C - 1.",
    line="`wrong = labels.clone()`, then"
    " `wrong[rows] = (labels[rows] + steps) % classes` and `return wrong`.",
    variation="Draw the new labels from all ten classes instead, and count how many of"
    " them are wrong.",
)


@wrong_ones.answer
def flipped(labels: Tensor, rows: Tensor, steps: Tensor, classes: int) -> Tensor:
    """Labels [N] of which those of `rows` [K] went `steps` [K] classes on."""
    wrong = labels.clone()
    wrong[rows] = (labels[rows] + steps) % classes
    return wrong


@wrong_ones.also_right
def by_scatter(labels: Tensor, rows: Tensor, steps: Tensor, classes: int) -> Tensor:
    return labels.scatter_add(0, rows, steps).remainder(classes)


@wrong_ones.also_right
def one_by_one(labels: Tensor, rows: Tensor, steps: Tensor, classes: int) -> Tensor:
    wrong = labels.tolist()
    for row, step in zip(rows.tolist(), steps.tolist(), strict=True):
        wrong[row] = (wrong[row] + step) % classes
    return torch.tensor(wrong)


@wrong_ones.inputs
def some_labels() -> list[tuple[Tensor, Tensor, Tensor, int]]:
    labels = torch.tensor([9, 8, 0, 3, 9, 5])
    rows, steps = torch.tensor([4, 0, 2]), torch.tensor([1, 9, 3])
    three = torch.tensor([2, 0, 1, 2])
    return [
        (labels, rows, steps, 10),
        (three, torch.tensor([3, 0]), torch.tensor([1, 2]), 3),
    ]


@wrong_ones.must_hold
def the_given_labels_stay(f) -> bool:
    """The labels that were given are still the old ones afterwards."""
    labels = torch.tensor([1, 2, 3])
    f(labels, torch.tensor([0]), torch.tensor([4]), 10)
    return labels.tolist() == [1, 2, 3]


@wrong_ones.must_hold
def all_of_them_are_wrong(f) -> bool:
    """Every chosen row gets another class, whatever the number of steps."""
    labels, steps = torch.arange(9) % 4, torch.arange(9) % 3 + 1
    return bool((f(labels, torch.arange(9), steps, 4) != labels).all())


@wrong_ones.mistake(hint="formula")
def past_the_last_class(
    labels: Tensor, rows: Tensor, steps: Tensor, classes: int
) -> Tensor:
    """After the last class comes class 0: take the sum modulo the number of classes."""
    wrong = labels.clone()
    wrong[rows] = labels[rows] + steps
    return wrong


@wrong_ones.mistake(hint="idea")
def steps_as_labels(
    labels: Tensor, rows: Tensor, steps: Tensor, classes: int
) -> Tensor:
    """You write the steps themselves as labels. By chance some of them are right: count
    on from the old label."""
    wrong = labels.clone()
    wrong[rows] = steps % classes
    return wrong


@wrong_ones.mistake(hint="line")
def in_place(labels: Tensor, rows: Tensor, steps: Tensor, classes: int) -> Tensor:
    """You overwrite the labels that you were given; nobody can compare with the truth
    any more. Work on a copy."""
    labels[rows] = (labels[rows] + steps) % classes
    return labels


@wrong_ones.mistake(hint="idea")
def everyone(labels: Tensor, rows: Tensor, steps: Tensor, classes: int) -> Tensor:
    """You change labels that were not chosen. Only `rows` are to be hit."""
    wrong = (labels + steps[0]) % classes
    wrong[rows] = (labels[rows] + steps) % classes
    return wrong


@wrong_ones.mistake(hint="formula")
def stops_at_the_last(
    labels: Tensor, rows: Tensor, steps: Tensor, classes: int
) -> Tensor:
    """You cut the sum at the last class, so that some labels stay right and class C - 1
    becomes too frequent. Go on with class 0 after it: take the sum modulo C."""
    wrong = labels.clone()
    wrong[rows] = (labels[rows] + steps).clamp(max=classes - 1)
    return wrong


@wrong_ones.mistake(hint="formula")
def one_class_short(
    labels: Tensor, rows: Tensor, steps: Tensor, classes: int
) -> Tensor:
    """You take the sum modulo C - 1, so the last class is never reached. There are C
    classes on the circle: divide by C."""
    wrong = labels.clone()
    wrong[rows] = (labels[rows] + steps) % (classes - 1)
    return wrong


@wrong_ones.mistake(hint="formula")
def the_other_way(labels: Tensor, rows: Tensor, steps: Tensor, classes: int) -> Tensor:
    """You subtract the steps. The labels are wrong as they should be, but (14.1) adds
    the steps, and the check compares with it."""
    wrong = labels.clone()
    wrong[rows] = (labels[rows] - steps) % classes
    return wrong


@wrong_ones.mistake(hint="line")
def new_labels_alone(
    labels: Tensor, rows: Tensor, steps: Tensor, classes: int
) -> Tensor:
    """You return the new labels of the chosen rows alone. Return all N labels, with
    those of the chosen rows replaced."""
    return (labels[rows] + steps) % classes


@wrong_ones.mistake(hint="line")
def steps_by_position(
    labels: Tensor, rows: Tensor, steps: Tensor, classes: int
) -> Tensor:
    """You give the steps to the chosen rows from top to bottom of the set. steps[k]
    belongs to rows[k], in the order in which the rows are given."""
    wrong, ordered = labels.clone(), rows.sort().values
    wrong[ordered] = (labels[ordered] + steps) % classes
    return wrong


behind = Exercise(
    "14.learnt",
    title="What the label really stands for",
    difficulty=3,
    minutes=12,
    idea="You know how a label comes from a class, and want the class behind a label:"
    " that is Bayes' rule.",
    formula="P(y = i | label j) = P(i) T_ij / sum_k P(k) T_kj.",
    line="`joint = prior[:, None] * T` and `return joint / joint.sum(0)`.",
    variation="Let a tenth of the fours be called nines and no nine a four, and see who"
    " suffers.",
)


@behind.answer
def learnt(T: Tensor, prior: Tensor) -> Tensor:
    """P(class i | label j), [C, C]; T[i, j] = P(label j | class i), prior [C]."""
    joint = prior[:, None] * T  # P(class i, label j)
    return joint / joint.sum(0)


@behind.also_right
def by_matrices(T: Tensor, prior: Tensor) -> Tensor:
    return torch.diag(prior) @ T @ torch.diag(1 / (prior @ T))


@behind.also_right
def label_by_label(T: Tensor, prior: Tensor) -> Tensor:
    columns = [prior * T[:, j] / torch.dot(prior, T[:, j]) for j in range(len(prior))]
    return torch.stack(columns, dim=1)


@behind.inputs
def some_tables() -> list[tuple[Tensor, Tensor]]:
    T = torch.tensor([[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.05, 0.05, 0.9]]).double()
    uneven = torch.tensor([0.6, 0.3, 0.1]).double()
    random = torch.rand(5, 5).double().softmax(1)
    return [(T, uneven), (random, torch.rand(5).double().softmax(0))]


@behind.must_hold
def each_label_stands_for_something(f) -> bool:
    """The classes behind a label are a distribution: every column sums to 1."""
    T, prior = some_tables()[0]
    return same(f(T, prior).sum(0), torch.ones(3).double())


@behind.must_hold
def right_labels_are_what_they_say(f) -> bool:
    """Where no label is wrong, each label stands for its own class alone."""
    eye = torch.eye(4).double()
    return same(f(eye, torch.rand(4).double() + 0.1), eye)


@behind.mistake(hint="idea")
def the_table_itself(T: Tensor, prior: Tensor) -> Tensor:
    """That is the probability of a label given the class. The generator is asked with
    the label and has to know the class behind it: turn it round by Bayes' rule."""
    return T


@behind.mistake(hint="formula")
def no_prior(T: Tensor, prior: Tensor) -> Tensor:
    """How frequent the classes are does not enter your result: it is left out, or it
    multiplies the columns and cancels. Multiply row i by P(i), then scale the
    columns."""
    return T / T.sum(0)


@behind.mistake(hint="line")
def not_scaled(T: Tensor, prior: Tensor) -> Tensor:
    """That is the joint probability of class and label. Given the label, divide by how
    probable that label is."""
    return prior[:, None] * T


@behind.mistake(hint="line")
def transposed(T: Tensor, prior: Tensor) -> Tensor:
    """Rows are classes and columns are labels; yours are the other way round."""
    joint = prior[:, None] * T
    return (joint / joint.sum(0)).T


@behind.mistake(hint="formula")
def prior_of_the_columns(T: Tensor, prior: Tensor) -> Tensor:
    """You multiply column j by P(j) and scale the rows: that is Bayes' rule for the
    other direction. The prior belongs to the class i, which is the row: `prior[:, None]
    * T`."""
    joint = prior * T
    return joint / joint.sum(1, keepdim=True)


@behind.mistake(hint="idea")
def turned_and_no_prior(T: Tensor, prior: Tensor) -> Tensor:
    """You turn the table round and scale it, without the prior. How often a class
    occurs decides how often it stands behind a label: multiply row i by P(i), then
    scale the columns."""
    return T.T / T.T.sum(0)
