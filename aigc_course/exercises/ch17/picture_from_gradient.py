"""Exercise on reading a picture from the gradient that a client sends."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "17.picture_from_gradient",
    order=110,
    title="What does a gradient show?",
    difficulty=4,
    minutes=20,
    asks="derive",
    idea="Let a = W x + b be the outputs of the first layer. Write the"
    " derivatives of the loss in W and in b with the chain rule, through"
    " dL/da.",
    formula="dL/dW_ij = dL/da_i x_j, and dL/db_i = dL/da_i. So each row of dL/dW,"
    " divided by the same entry of dL/db, is x. Choose an entry that is not"
    " 0.",
    line="Write `i = bias.abs().argmax()`, then `return weight[i] / bias[i]`.",
    variation="Let the batch have two pictures. Find out what the ratio shows for a"
    " unit that only one of them activates.",
)


@exercise.answer
def picture_from_gradient(weight: Tensor, bias: Tensor) -> Tensor:
    """The input [D] of a fully connected first layer, from its gradients for one
    picture.

    weight: [U, D], the gradient of the loss in the weights of the layer a = W x + b.
    bias: [U], the gradient in b. With ReLU behind the layer many rows are 0.
    """
    i = bias.abs().argmax()
    return weight[i] / bias[i]


def sent(
    inputs: int, units: int, seed: int, sign: float = 0.0
) -> tuple[Tensor, Tensor]:
    """The gradients that a client would send; sign: that of all of dL/da, 0 for any."""
    torch.manual_seed(seed)
    first = nn.Linear(inputs, units).double()
    second = nn.Linear(units, 3).double()
    x = torch.rand(inputs).double() * (torch.rand(inputs) < 0.6)
    if sign:
        second.weight.data.abs_()
        loss = sign * second(F.relu(first(x))).sum()
    else:
        loss = F.cross_entropy(second(F.relu(first(x)))[None], torch.tensor([1]))
    weight, bias = torch.autograd.grad(loss, [first.weight, first.bias])
    return weight, bias


@exercise.inputs
def gradients() -> list[tuple[Tensor, Tensor]]:
    first_is_dead = sent(20, 9, 5)
    order = first_is_dead[1].abs().argsort()  # dead units come first
    return [
        sent(12, 6, 1),
        sent(30, 16, 2),
        (first_is_dead[0][order], first_is_dead[1][order]),
        sent(15, 8, 3, sign=-1.0),
        sent(15, 8, 4, sign=1.0),
    ]


@exercise.must_hold
def the_picture_comes_back(f) -> bool:
    """The picture that the client had comes back, also one from -1 to 1."""
    x = 2 * torch.rand(25).double() - 1
    slope = torch.tensor([0.0, -0.3, 0.0, 1.1]).double()
    return same(torch.as_tensor(f(slope[:, None] * x, slope)).double(), x, 1e-3)


@exercise.must_hold
def the_size_of_the_loss_does_not_matter(f) -> bool:
    """A loss that is a hundred times as large shows the same picture."""
    weight, bias = sent(12, 6, 7)
    one, two = f(weight, bias), f(100 * weight, 100 * bias)
    return same(torch.as_tensor(one).double(), torch.as_tensor(two).double(), 1e-3)


@exercise.mistake(hint="formula")
def row_alone(weight, bias):
    """You return a row of the gradient. It is the picture times dL/da of that unit:
    divide by the gradient of the bias."""
    return weight[bias.abs().argmax()].clone()


@exercise.mistake(hint="idea")
def always_the_first_unit(weight, bias):
    """You always take the first unit. Behind a ReLU its gradient may be 0, and 0/0 says
    nothing: choose a unit whose bias has a gradient."""
    return weight[0] / bias[0]


@exercise.mistake(hint="formula")
def largest_without_abs(weight, bias):
    """You take the largest gradient of a bias. Where all of them are negative or 0 this
    is a unit with 0: compare absolute values."""
    i = bias.argmax()
    return weight[i] / bias[i]


@exercise.mistake(hint="formula")
def units_without_a_gradient(weight, bias):
    """You use the ratio of a unit whose gradient is 0, which is 0/0. Use one whose bias
    has a gradient."""
    return (weight / bias[:, None]).mean(0)


@exercise.mistake(hint="formula")
def zeros_count(weight, bias):
    """You average the ratios of all units, with 0 for those without a gradient. The
    picture gets too dark: leave these units out."""
    return torch.nan_to_num(weight / bias[:, None], nan=0.0).mean(0)


@exercise.mistake(hint="formula")
def sign_lost(weight, bias):
    """You divide by the absolute value, so the picture may come out negative. Divide by
    the gradient of the bias with its sign."""
    i = bias.abs().argmax()
    return weight[i] / bias[i].abs()


@exercise.mistake(hint="formula")
def multiplied(weight, bias):
    """You multiply the row by the gradient of the bias. The row is the picture times
    that number: divide."""
    i = bias.abs().argmax()
    return weight[i] * bias[i]


@exercise.mistake(hint="formula")
def a_small_number_added(weight, bias):
    """You add a small number to the denominator. Gradients may be as small as that
    number: choose a unit whose gradient is not 0 instead."""
    i = bias.abs().argmax()
    return weight[i] / (bias[i] + 1e-2)


@exercise.mistake(hint="idea")
def stretched_to_one(weight, bias):
    """You stretch the row from 0 to 1. The ratio with the gradient of the bias gives
    the true grey levels."""
    row = weight[bias.abs().argmax()].abs()
    return (row - row.min()) / (row.max() - row.min())


@exercise.mistake(hint="idea")
def projected_back(weight, bias):
    """You multiply the transposed gradient by that of the bias. This is the picture
    times the squared length of dL/da: divide by it."""
    return weight.T @ bias
