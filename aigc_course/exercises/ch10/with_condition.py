"""Exercise on telling a generator what to draw."""

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "10.with_condition",
    order=10,
    title="The label beside the noise",
    difficulty=1,
    minutes=5,
    idea="A label is a name, not an amount: 8 is not twice 4. Give each class a place"
    " of its own.",
    formula="Row i: (z_i, e_y) with e_y the vector of zeros with a 1 at place y.",
    line="With `marks = nn.functional.one_hot(labels, classes)` return `torch.cat([z,"
    " marks.to(z)], dim=1)`.",
    variation="Give a row that is half a 3 and half an 8 to a trained generator.",
    asks="method",
)


@exercise.answer
def with_condition(z: Tensor, labels: Tensor, classes: int) -> Tensor:
    """Latents [N, d] with the labels' one-hot rows behind: [N, d + classes].

    Mirza & Osindero 2014, section 3.2. labels: int [N], 0 to classes - 1.
    """
    return torch.cat([z, one_hot(labels, classes).to(z)], dim=1)


@exercise.inputs
def latents() -> list[tuple[Tensor, Tensor, int]]:
    return [
        (torch.randn(5, 3), torch.tensor([0, 3, 1, 0, 2]), 6),
        (torch.randn(4, 7).double(), torch.tensor([9, 9, 0, 4]), 10),
    ]


@exercise.must_hold
def latents_are_kept(f) -> bool:
    """The latents stand in front, unchanged."""
    z, y = torch.randn(6, 4), torch.randint(5, (6,))
    return same(f(z, y, 5)[:, :4], z)


@exercise.must_hold
def one_mark_each(f) -> bool:
    """Each row has one mark, 1, at the place of its label."""
    y = torch.tensor([2, 0, 1])
    marks = f(torch.randn(3, 4), y, 4)[:, 4:]
    return bool((marks.sum(1) == 1).all()) and torch.equal(marks.argmax(1), y)


@exercise.mistake(hint="idea")
def as_an_amount(z: Tensor, labels: Tensor, classes: int) -> Tensor:
    """You hand over the label as one number. Then 8 would be twice as much as 4, and
    what lies between 1 and 3 would have to look like a 2."""
    return torch.cat([z, labels[:, None].to(z)], dim=1)


@exercise.mistake(hint="idea")
def as_an_amount_up_to_one(z: Tensor, labels: Tensor, classes: int) -> Tensor:
    """You hand over the label as one number between 0 and 1. Scaled or not, class 2
    would lie between 1 and 3: give each class a place of its own."""
    return torch.cat([z, (labels / (classes - 1))[:, None].to(z)], dim=1)


@exercise.mistake(hint="idea")
def a_learnt_row(z: Tensor, labels: Tensor, classes: int) -> Tensor:
    """`nn.Embedding` draws random rows, and inside this function it draws new ones at
    each call, so no network can learn what they mean. Use the fixed one-hot rows."""
    return torch.cat([z, nn.Embedding(classes, classes)(labels).to(z)], dim=1)


@exercise.mistake(hint="formula")
def counted_from_one(z: Tensor, labels: Tensor, classes: int) -> Tensor:
    """Each mark stands one place too far to the left. Labels count from 0: label 0
    marks the first place."""
    return torch.cat([z, one_hot((labels - 1) % classes, classes).to(z)], dim=1)


@exercise.mistake(hint="formula")
def every_product(z: Tensor, labels: Tensor, classes: int) -> Tensor:
    """You multiply every latent with every place of the one-hot row: d times `classes`
    numbers. Put the row behind the latents with `torch.cat`."""
    marks = one_hot(labels, classes).to(z)
    return (z[:, :, None] * marks[:, None, :]).flatten(1)


@exercise.mistake(hint="line")
def marked_in_every_row(z: Tensor, labels: Tensor, classes: int) -> Tensor:
    """`marks[:, labels] = 1` sets the places of all labels in every row. Index rows and
    places together: `marks[torch.arange(len(z)), labels] = 1`."""
    marks = torch.zeros(len(z), classes, dtype=z.dtype)
    marks[:, labels] = 1
    return torch.cat([z, marks], dim=1)


@exercise.mistake(hint="formula")
def marks_in_front(z: Tensor, labels: Tensor, classes: int) -> Tensor:
    """Your marks stand before the latents. A network could learn from that as
    well, but the generators of the course expect the marks behind."""
    return torch.cat([one_hot(labels, classes).to(z), z], dim=1)


@exercise.mistake(hint="line")
def as_wide_as_the_batch_needs(z: Tensor, labels: Tensor, classes: int) -> Tensor:
    """The width of your rows depends on the largest label in the batch. Tell
    `one_hot` the number of classes."""
    return torch.cat([z, one_hot(labels).to(z)], dim=1)


@exercise.mistake(hint="formula")
def added_to_the_latents(z: Tensor, labels: Tensor, classes: int) -> Tensor:
    """You add the marks to the latents. Then G cannot tell a label from a large latent:
    put them behind the latents."""
    wide = torch.zeros(len(z), max(classes, z.shape[1]), dtype=z.dtype)
    wide[:, : z.shape[1]] = z
    wide[:, :classes] += one_hot(labels, classes).to(z)
    return wide
