"""Exercise on how much a loss must fall in one small step."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "20.expected_change",
    order=50,
    title="How much must the loss fall?",
    difficulty=3,
    minutes=10,
    asks="derive",
    idea="The step moves the parameters by -lr times the gradient. To first order the"
    " loss changes by the inner product of its gradient with that movement.",
    formula="L(θ - lr g) ≈ L(θ) + g · (-lr g) = L(θ) - lr ‖g‖². The squared norm is the"
    " sum of the squares over all entries of all gradients.",
    line="Write `return -lr * sum(g.square().sum() for g in gradients if g is not"
    " None)`.",
    variation="Do it again for gradient descent with a learning rate for each entry.",
)


@exercise.answer
def expected_change(gradients: Sequence[Tensor | None], lr: float) -> Tensor | float:
    """How the loss changes in one step of gradient descent, to first order in lr.

    gradients: of the loss in each parameter, of any shapes; None for a parameter that
    the loss does not reach, which the step leaves alone.
    """
    squares = [g.square().sum() for g in gradients if g is not None]
    # L(θ - lr g) - L(θ) = -lr ‖g‖² + O(lr²)
    return -lr * sum(squares, torch.zeros(()))


@exercise.inputs
def steps() -> list[tuple[list[Tensor | None], float]]:
    return [
        ([torch.randn(3, 2), torch.randn(3)], 1e-2),
        ([torch.randn(4), None, torch.randn(2, 2, 2)], 0.3),
        ([torch.tensor([2.0, 0.0]), torch.tensor([-1.0])], 0.05),
        ([torch.tensor(-1.5)], 0.1),
        ([torch.full((3,), -0.5), torch.full((2,), 2.0)], 0.2),
        ([-torch.rand(5), -torch.rand(2, 3)], 0.7),
    ]


@exercise.must_hold
def predicts_a_small_step(f: Callable[..., Any]) -> bool:
    """A small step changes the loss of a small network by what you say, within 1 %."""
    x, y = torch.randn(8, 3).double(), torch.randn(8, 2).double()
    weights = torch.randn(3, 2).double().requires_grad_()
    bias = torch.randn(2).double().requires_grad_()

    def loss(w: Tensor, b: Tensor) -> Tensor:
        return (torch.tanh(x @ w + b) - y).square().mean()

    before = loss(weights, bias)
    g = torch.autograd.grad(before, [weights, bias])
    after = loss(weights - 1e-4 * g[0], bias - 1e-4 * g[1])
    change = float(after - before)
    return abs(float(f(list(g), 1e-4)) - change) <= 0.01 * abs(change)


@exercise.must_hold
def never_rises(f: Callable[..., Any]) -> bool:
    """A step against the gradient never raises the loss to first order."""
    return float(f([torch.randn(5), torch.randn(2)], 0.1)) < 0


def _given(gradients: Sequence[Tensor | None]) -> list[Tensor]:
    return [g for g in gradients if g is not None]


def _flat(gradients: Sequence[Tensor | None]) -> Tensor:
    return torch.cat([g.flatten() for g in _given(gradients)])


@exercise.mistake(hint="formula")
def norm_not_squared(gradients, lr):
    """You multiply lr by the norm of the gradient and not by its square. The step has
    length lr ‖g‖, and the slope along it is ‖g‖ once more."""
    return -lr * _flat(gradients).norm()


@exercise.mistake(hint="idea")
def wrong_sign(gradients, lr):
    """Your loss rises. The step goes against the gradient, so the loss falls."""
    return lr * _flat(gradients).square().sum()


@exercise.mistake(hint="formula")
def mean_of_squares(gradients, lr):
    """You take the mean of the squares. Each parameter adds its own share to the
    change, so take the sum."""
    return -lr * _flat(gradients).square().mean()


@exercise.mistake(hint="formula")
def lr_squared(gradients, lr):
    """You square the learning rate. It stands once in the movement, and the loss is
    expanded to first order."""
    return -(lr**2) * _flat(gradients).square().sum()


@exercise.mistake(hint="formula")
def lr_forgotten(gradients, lr):
    """You left out the learning rate, so a tiny step changes the loss as much as a
    long one."""
    return -_flat(gradients).square().sum()


@exercise.mistake(hint="idea")
def sum_of_gradients(gradients, lr):
    """You add the gradients without squaring them, so entries of different sign cancel.
    Each entry times its own movement -lr g gives a square."""
    return -lr * _flat(gradients).sum()


@exercise.mistake(hint="formula")
def square_of_the_sum(gradients, lr):
    """You square the sum of all entries. Take the sum of the squares."""
    return -lr * _flat(gradients).sum().square()


@exercise.mistake(hint="formula")
def half_of_it(gradients, lr):
    """You have a factor 1/2, which belongs to the second-order term. The first-order
    term has the factor 1."""
    return -lr / 2 * _flat(gradients).square().sum()


@exercise.mistake(hint="idea")
def first_parameter_only(gradients, lr):
    """You look at the first parameter only. The step moves all of them."""
    return -lr * _given(gradients)[0].square().sum()


@exercise.mistake(hint="formula")
def norms_added(gradients, lr):
    """You add the norms of the gradients without squaring them. The change is lr times
    the sum of their squares."""
    return -lr * sum(g.norm() for g in _given(gradients))
