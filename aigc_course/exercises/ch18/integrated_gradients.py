"""Exercise on dividing a score among the pixels."""

from collections.abc import Callable

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "18.integrated_gradients",
    order=120,
    title="Divide a score among the pixels",
    difficulty=3,
    minutes=18,
    asks="formula",
    idea="Walk in a straight line from the baseline to the picture and collect the"
    " gradient of the score on the way.",
    formula="(x - b) times the mean of the gradients at b + s (x - b), with s at the"
    " middle of each of the equal steps from 0 to 1.",
    line="Write `total = torch.zeros_like(x)`, then `for i in range(steps):\n        p"
    " = (baseline + (i + 0.5) / steps * (x - baseline)).detach().requires_grad_()\n"
    "        total += torch.autograd.grad(f(p).sum(), p)[0]`, then `return (x -"
    " baseline) * total / steps`.",
    variation="Use another baseline, and say what question it answers.",
    tolerance=0.01,
)


@exercise.answer
def integrated_gradients(
    f: Callable[[Tensor], Tensor], x: Tensor, baseline: Tensor, steps: int
) -> Tensor:
    """What each pixel adds to f(x) - f(baseline): a tensor like x.

    f: [N, D] to scores [N]; each score depends on its own row. x, baseline: [N, D].
    steps: equal parts of the way, evaluated at their middles. Sundararajan, Taly and
    Yan 2017, equation 1.
    """
    total = torch.zeros_like(x)
    for i in range(steps):
        point = baseline + (i + 0.5) / steps * (x - baseline)
        point = point.detach().requires_grad_()
        total += torch.autograd.grad(f(point).sum(), point)[0]
    return (x - baseline) * total / steps


def product(x: Tensor) -> Tensor:
    """Neighbours multiplied, and a bend."""
    return (x[:, 1:] * x[:, :-1]).sum(1) + torch.tanh(2 * x[:, 0])


def saturated(x: Tensor) -> Tensor:
    """Flat at the far end: a gradient there sees nothing."""
    return torch.tanh(3 * x.sum(1))


def linear(x: Tensor) -> Tensor:
    """A weight for each pixel."""
    return x @ torch.linspace(-1, 2, x.shape[1], dtype=x.dtype)


def places() -> tuple[Tensor, Tensor]:
    """A picture and a baseline, [3, 5] each."""
    chance = torch.Generator().manual_seed(18)
    x = torch.rand(3, 5, generator=chance)
    return x, -0.3 * torch.rand(3, 5, generator=chance)


@exercise.inputs
def scores() -> list[tuple[Callable[[Tensor], Tensor], Tensor, Tensor, int]]:
    x, baseline = places()
    return [
        (product, x, baseline, 20),
        (saturated, x, baseline, 40),
        (linear, x, baseline, 4),
        (product, -x, torch.full_like(x, -1.0), 30),
    ]


@exercise.must_hold
def nothing_is_lost(f) -> bool:
    """The parts of the pixels add up to f(x) - f(baseline)."""
    x, baseline = places()
    got = torch.as_tensor(f(product, x, baseline, 40)).float().sum(1)
    return same(got, product(x) - product(baseline), 0.02)


@exercise.must_hold
def a_pixel_without_influence_gets_nothing(f) -> bool:
    """A pixel that the score does not use gets 0."""
    x, baseline = places()
    got = torch.as_tensor(f(lambda p: p[:, 0] ** 2, x, baseline, 20)).float()
    return bool((got[:, 1:].abs() < 1e-6).all())


def _mean_gradient(f, x, baseline, steps, start=None) -> Tensor:
    start = baseline if start is None else start
    total = torch.zeros_like(x)
    for i in range(steps):
        p = (start + (i + 0.5) / steps * (x - start)).detach().requires_grad_()
        total = total + torch.autograd.grad(f(p).sum(), p)[0]
    return total / steps


@exercise.mistake(hint="idea")
def gradient_at_the_picture(f, x, baseline, steps):
    """You use the gradient at the picture only. Where the score has saturated it is
    almost 0, although the pixels decided: collect it on the way."""
    p = x.detach().clone().requires_grad_()
    return torch.autograd.grad(f(p).sum(), p)[0] * (x - baseline)


@exercise.mistake(hint="formula")
def without_the_way(f, x, baseline, steps):
    """You return the mean gradient and do not multiply by x - baseline. The parts then
    do not add up to the difference of the scores."""
    return _mean_gradient(f, x, baseline, steps)


@exercise.mistake(hint="formula")
def times_the_picture(f, x, baseline, steps):
    """You multiply by x. The way has the length x - baseline."""
    return x * _mean_gradient(f, x, baseline, steps)


@exercise.mistake(hint="formula")
def from_zero(f, x, baseline, steps):
    """You start at 0. In pictures from -1 to 1 this is grey, and another baseline was
    given."""
    return x * _mean_gradient(f, x, baseline, steps, torch.zeros_like(x))


@exercise.mistake(hint="formula")
def sum_for_mean(f, x, baseline, steps):
    """You add up the gradients without dividing by the number of steps."""
    return (x - baseline) * _mean_gradient(f, x, baseline, steps) * steps


@exercise.mistake(hint="formula")
def scaled_picture(f, x, baseline, steps):
    """Your points are s x. They have to lie between the baseline and the picture:
    baseline + s (x - baseline)."""
    zero = torch.zeros_like(x)
    return (x - baseline) * _mean_gradient(f, x, baseline, steps, zero)


@exercise.mistake(hint="formula")
def the_wrong_way_round(f, x, baseline, steps):
    """Your parts have the wrong sign: multiply by x - baseline, and not by baseline -
    x."""
    return (baseline - x) * _mean_gradient(f, x, baseline, steps)


@exercise.mistake(hint="formula")
def absolute_values(f, x, baseline, steps):
    """You take absolute values. A pixel may speak against the score, and without signs
    the parts do not add up."""
    return ((x - baseline) * _mean_gradient(f, x, baseline, steps)).abs()


@exercise.mistake(hint="formula")
def beginnings(f, x, baseline, steps):
    """You take the gradient at the beginning of each step. Take it at the middle, (i +
    0.5) / steps: the error is then much smaller."""
    way = x - baseline
    return way * _mean_gradient(
        f, x - way / 2 / steps, baseline - way / 2 / steps, steps
    )


@exercise.mistake(hint="formula")
def both_ends(f, x, baseline, steps):
    """Your points go from 0 to 1 with both ends, as linspace(0, 1, steps) does. These
    are not the middles of equal steps, (i + 0.5) / steps."""
    way = (x - baseline) / 2 / max(1, steps - 1)
    return (x - baseline) * _mean_gradient(f, x + way, baseline - way, steps)


@exercise.mistake(hint="idea")
def middle_only(f, x, baseline, steps):
    """You use the gradient in the middle of the way only. The score is not a parabola:
    use all steps."""
    return (x - baseline) * _mean_gradient(f, x, baseline, 1)


@exercise.mistake(hint="idea")
def one_pixel_at_a_time(f, x, baseline, steps):
    """You set one pixel to the baseline at a time and record how the score changes.
    Pixels that act together are then counted twice or not at all."""
    parts = []
    for d in range(x.shape[1]):
        changed = x.clone()
        changed[:, d] = baseline[:, d]
        parts.append(f(x) - f(changed))
    return torch.stack(parts, 1).detach()


@exercise.mistake(hint="formula")
def averaged_over_the_pictures(f, x, baseline, steps):
    """You take the mean of the scores over the batch before the gradient, so every part
    is divided by the number of pictures. Take the sum."""
    return integrated_gradients(lambda p: f(p) / len(p), x, baseline, steps)
