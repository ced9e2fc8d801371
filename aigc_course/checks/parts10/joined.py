"""Exercise on telling a generator what to draw."""

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from aigc_course.checks.exercise import Exercise

condition = Exercise(
    "10.with_condition",
    title="A wish beside the noise",
    difficulty=1,
    minutes=5,
    idea="A label is a name, not an amount: 8 is not twice 4. Give each class a place"
    " of its own.",
    formula="Row i: (z_i, e_y) with e_y the vector of zeros with a 1 at place y.",
    line="With `marks = nn.functional.one_hot(labels, classes)` return `torch.cat([z,"
    " marks.to(z)], dim=1)`.",
    variation="Give a row that is half a 3 and half an 8 to a trained generator.",
)


@condition.answer
def with_condition(z: Tensor, labels: Tensor, classes: int) -> Tensor:
    """Latents [N, d] with the labels' one-hot rows behind: [N, d + classes].

    Mirza & Osindero 2014, section 3.2. labels: int [N], 0 to classes - 1.
    """
    return torch.cat([z, one_hot(labels, classes).to(z)], dim=1)


@condition.also_right
def rows_of_the_identity(z: Tensor, labels: Tensor, classes: int) -> Tensor:
    return torch.hstack([z, torch.eye(classes, dtype=z.dtype)[labels]])


@condition.also_right
def ones_put_in_place(z: Tensor, labels: Tensor, classes: int) -> Tensor:
    wide = torch.zeros(len(z), z.shape[1] + classes, dtype=z.dtype)
    wide[:, : z.shape[1]] = z
    wide[torch.arange(len(z)), z.shape[1] + labels] = 1
    return wide


@condition.inputs
def latents() -> list[tuple[Tensor, Tensor, int]]:
    return [
        (torch.randn(5, 3), torch.tensor([0, 3, 1, 0, 2]), 6),
        (torch.randn(4, 7).double(), torch.tensor([9, 9, 0, 4]), 10),
    ]


@condition.must_hold
def latents_are_kept(f) -> bool:
    """The latents stand in front, unchanged."""
    z, y = torch.randn(6, 4), torch.randint(5, (6,))
    return torch.equal(f(z, y, 5)[:, :4], z)


@condition.must_hold
def one_mark_each(f) -> bool:
    """Each row has one mark, 1, at the place of its label."""
    y = torch.tensor([2, 0, 1])
    marks = f(torch.randn(3, 4), y, 4)[:, 4:]
    return bool((marks.sum(1) == 1).all()) and torch.equal(marks.argmax(1), y)


@condition.mistake(hint="idea")
def as_an_amount(z: Tensor, labels: Tensor, classes: int) -> Tensor:
    """You hand over the label as one number. Then 8 would be twice as much as 4, and
    what lies between 1 and 3 would have to look like a 2."""
    return torch.cat([z, labels[:, None].to(z)], dim=1)


@condition.mistake(hint="formula")
def marks_in_front(z: Tensor, labels: Tensor, classes: int) -> Tensor:
    """Your marks stand before the latents. A network would not mind; the generators of
    the course expect them behind."""
    return torch.cat([one_hot(labels, classes).to(z), z], dim=1)


@condition.mistake(hint="line")
def as_wide_as_the_batch_needs(z: Tensor, labels: Tensor, classes: int) -> Tensor:
    """The width of your rows depends on the largest label in the batch. Tell
    `one_hot` the number of classes."""
    return torch.cat([z, one_hot(labels).to(z)], dim=1)


@condition.mistake(hint="formula")
def added_to_the_latents(z: Tensor, labels: Tensor, classes: int) -> Tensor:
    """You add the marks to the latents. Then G cannot tell a wish from a large latent:
    put them beside."""
    wide = torch.zeros(len(z), max(classes, z.shape[1]), dtype=z.dtype)
    wide[:, : z.shape[1]] = z
    wide[:, :classes] += one_hot(labels, classes).to(z)
    return wide
