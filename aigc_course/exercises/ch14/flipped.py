"""Exercise: wrong on purpose."""

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "14.flipped",
    order=10,
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
    asks="formula",
)


@exercise.answer
def flipped(labels: Tensor, rows: Tensor, steps: Tensor, classes: int) -> Tensor:
    """Labels [N] of which those of `rows` [K] went `steps` [K] classes on."""
    wrong = labels.clone()
    wrong[rows] = (labels[rows] + steps) % classes
    return wrong


@exercise.inputs
def some_labels() -> list[tuple[Tensor, Tensor, Tensor, int]]:
    labels = torch.tensor([9, 8, 0, 3, 9, 5])
    rows, steps = torch.tensor([4, 0, 2]), torch.tensor([1, 9, 3])
    three = torch.tensor([2, 0, 1, 2])
    return [
        (labels, rows, steps, 10),
        (three, torch.tensor([3, 0]), torch.tensor([1, 2]), 3),
    ]


@exercise.must_hold
def the_given_labels_stay(f) -> bool:
    """The labels that were given are still the old ones afterwards."""
    labels = torch.tensor([1, 2, 3])
    f(labels, torch.tensor([0]), torch.tensor([4]), 10)
    return labels.tolist() == [1, 2, 3]


@exercise.must_hold
def all_of_them_are_wrong(f) -> bool:
    """Every chosen row gets another class, whatever the number of steps."""
    labels, steps = torch.arange(9) % 4, torch.arange(9) % 3 + 1
    return bool((f(labels, torch.arange(9), steps, 4) != labels).all())


@exercise.mistake(hint="formula")
def past_the_last_class(
    labels: Tensor, rows: Tensor, steps: Tensor, classes: int
) -> Tensor:
    """After the last class comes class 0: take the sum modulo the number of classes."""
    wrong = labels.clone()
    wrong[rows] = labels[rows] + steps
    return wrong


@exercise.mistake(hint="idea")
def steps_as_labels(
    labels: Tensor, rows: Tensor, steps: Tensor, classes: int
) -> Tensor:
    """You write the steps themselves as labels. By chance some of them are right: count
    on from the old label."""
    wrong = labels.clone()
    wrong[rows] = steps % classes
    return wrong


@exercise.mistake(hint="line")
def in_place(labels: Tensor, rows: Tensor, steps: Tensor, classes: int) -> Tensor:
    """You overwrite the labels that you were given, so they can no longer be compared
    with the truth. Work on a copy."""
    labels[rows] = (labels[rows] + steps) % classes
    return labels


@exercise.mistake(hint="idea")
def everyone(labels: Tensor, rows: Tensor, steps: Tensor, classes: int) -> Tensor:
    """You change labels that were not chosen. Only `rows` are to be hit."""
    wrong = (labels + steps[0]) % classes
    wrong[rows] = (labels[rows] + steps) % classes
    return wrong


@exercise.mistake(hint="formula")
def stops_at_the_last(
    labels: Tensor, rows: Tensor, steps: Tensor, classes: int
) -> Tensor:
    """You cut the sum at the last class, so that some labels stay right and class C - 1
    becomes too frequent. Go on with class 0 after it: take the sum modulo C."""
    wrong = labels.clone()
    wrong[rows] = (labels[rows] + steps).clamp(max=classes - 1)
    return wrong


@exercise.mistake(hint="formula")
def one_class_short(
    labels: Tensor, rows: Tensor, steps: Tensor, classes: int
) -> Tensor:
    """You take the sum modulo C - 1, so the last class is never reached. There are C
    classes on the circle: divide by C."""
    wrong = labels.clone()
    wrong[rows] = (labels[rows] + steps) % (classes - 1)
    return wrong


@exercise.mistake(hint="formula")
def the_other_way(labels: Tensor, rows: Tensor, steps: Tensor, classes: int) -> Tensor:
    """You subtract the steps. The labels are wrong as they should be, but (14.1) adds
    the steps, and the check compares with it."""
    wrong = labels.clone()
    wrong[rows] = (labels[rows] - steps) % classes
    return wrong


@exercise.mistake(hint="line")
def new_labels_alone(
    labels: Tensor, rows: Tensor, steps: Tensor, classes: int
) -> Tensor:
    """You return the new labels of the chosen rows alone. Return all N labels, with
    those of the chosen rows replaced."""
    return (labels[rows] + steps) % classes


@exercise.mistake(hint="line")
def steps_by_position(
    labels: Tensor, rows: Tensor, steps: Tensor, classes: int
) -> Tensor:
    """You give the steps to the chosen rows from top to bottom of the set. steps[k]
    belongs to rows[k], in the order in which the rows are given."""
    wrong, ordered = labels.clone(), rows.sort().values
    wrong[ordered] = (labels[ordered] + steps) % classes
    return wrong
