"""Exercise on textual inversion: one step of the condition vector alone."""

import numpy as np
import torch
from torch import Tensor, nn

from aigc_course.checks.compare import kind, same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "16.vector_step",
    order=106,
    title="One step of the new condition vector",
    difficulty=3,
    minutes=15,
    asks="step",
    idea="The network stays as it is. The loss of flow matching is a function of the"
    " condition vector: find its gradient there, and go a little down.",
    formula="x_t = (1 - t) x0 + t x1; loss = mean of (v(x_t, t, c) - (x1 - x0))^2;"
    " c <- c - lr d loss / d c.",
    line="Write `c = c.detach().clone().requires_grad_(True)`, compute the loss, then"
    " `(slope,) = torch.autograd.grad(loss, c)` and"
    " `return (c - lr * slope).detach()`.",
    line_is_part="the loss has to be written before",
    variation="Learn the vector with Adam, and compare the loss after 50 steps.",
)


class Told(nn.Module):
    """A velocity with weights of its own, told a condition vector c [k]."""

    def __init__(self, size: int = 3, told: int = 4) -> None:
        super().__init__()
        self.first = nn.Linear(size + 1, 8)
        self.condition = nn.Linear(told, 8)
        self.last = nn.Linear(8, size)

    def forward(self, x: Tensor, t: Tensor, c: Tensor) -> Tensor:
        """x [N, size], t [N], c [told] to [N, size]."""
        seen = self.first(torch.cat([x, t.reshape(-1, 1)], dim=1))
        found: Tensor = self.last(torch.tanh(seen + self.condition(c)))
        return found


@exercise.answer
def vector_step(
    velocity: nn.Module, c: Tensor, x0: Tensor, x1: Tensor, t: Tensor, lr: float
) -> Tensor:
    """The condition vector [k] after one step of gradient descent; no weight changes.

    velocity: called as velocity(x, t, c) with x [N, d], t [N] and c [k]; it returns
    [N, d]. x0, x1: noise and latents of the examples, [N, d]. The loss is the mean over
    rows and coordinates. Gal et al. 2022, equation 2, for a velocity.
    """
    c = c.detach().clone().requires_grad_(True)
    s = t.reshape(-1, 1)
    x_t = (1 - s) * x0 + s * x1
    loss = (velocity(x_t, t, c) - (x1 - x0)).square().mean()
    (slope,) = torch.autograd.grad(loss, c)
    return (c - lr * slope).detach()


def _case(n: int = 6) -> tuple[Told, Tensor, Tensor, Tensor, Tensor]:
    x0, x1 = torch.randn(n, 3), 1.0 + 0.5 * torch.randn(n, 3)
    return Told(), torch.randn(4), x0, x1, 0.05 + 0.9 * torch.rand(n)


def _vector(found: object, size: int = 4) -> Tensor:
    assert isinstance(found, Tensor | np.ndarray), (
        f"The result is {kind(found)}; a tensor is expected, the new condition vector."
    )
    assert tuple(found.shape) == (size,), (
        f"The result has the shape {list(found.shape)}; the new condition vector has"
        f" {size} numbers, as c has."
    )
    return torch.as_tensor(found).detach().float()


@exercise.observe
def steps(f) -> dict[str, object]:
    found: dict[str, object] = {}
    for n, lr in ((6, 0.5), (9, 2.0)):
        network, c, x0, x1, t = _case(n)
        after = _vector(f(network, c, x0, x1, t, lr)).clone()
        found[f"vector after a step with lr {lr}"] = after
        weights = [p.detach().flatten() for p in network.parameters()]
        found[f"weights of the network after a step with lr {lr}"] = torch.cat(weights)
        found[f"vector that was handed in, after a step with lr {lr}"] = c.detach()
    return found


@exercise.must_hold
def weights_stay(f) -> bool:
    """No weight of the network changes: only the vector learns."""
    network, c, x0, x1, t = _case()
    before = [p.detach().clone() for p in network.parameters()]
    f(network, c, x0, x1, t, 1.0)
    return all(
        torch.equal(a, b) for a, b in zip(before, network.parameters(), strict=True)
    )


@exercise.must_hold
def given_vector_stays(f) -> bool | str:
    """The vector that is handed in stays as it was; a new one is returned."""
    network, c, x0, x1, t = _case()
    before = [given.clone() for given in (c, x0, x1, t)]
    f(network, c, x0, x1, t, 1.0)
    if not same(c.detach(), before[0]):
        return False
    if not all(same(a, b) for a, b in zip((x0, x1, t), before[1:], strict=True)):
        return "x0, x1 and t stay as they were. Make a new tensor for x_t."
    return True


@exercise.must_hold
def no_rate_no_step(f) -> bool:
    """With a learning rate of 0 the vector stays where it is."""
    network, c, x0, x1, t = _case()
    before = c.clone()
    return same(_vector(f(network, c, x0, x1, t, 0.0)), before)


@exercise.must_hold
def loss_falls(f) -> bool:
    """A small step makes the loss on the same rows smaller."""
    network, c, x0, x1, t = _case(20)
    after = _vector(f(network, c, x0, x1, t, 0.05))
    with torch.no_grad():
        return bool(_loss(network, after, x0, x1, t) < _loss(network, c, x0, x1, t))


@exercise.must_hold
def same_step_twice(f) -> bool:
    """The same step gives the same vector when it is asked for twice. `backward` adds
    to the gradient that a tensor already has, so work on a copy: c.detach().clone()."""
    network, c, x0, x1, t = _case()
    first = _vector(f(network, c, x0, x1, t, 0.5)).clone()
    return same(_vector(f(network, c, x0, x1, t, 0.5)), first)


@exercise.must_hold
def steps_do_not_hang_together(f) -> bool:
    """The returned vector has no graph of the step behind it. Otherwise the graph grows
    with every step: return it with `detach`."""
    network, c, x0, x1, t = _case()
    network.requires_grad_(False)  # as in the chapter: its weights keep no graph alive
    for _ in range(2):
        c = f(network, c, x0, x1, t, 0.5)
    return getattr(c, "grad_fn", None) is None


@exercise.must_hold
def next_step_can_start_there(f) -> bool:
    """The next step can start at the vector that was returned, as at a copy of it."""
    network, c, x0, x1, t = _case()
    first = f(network, c, x0, x1, t, 0.5)
    copied = _vector(f(network, _vector(first).clone(), x0, x1, t, 0.5)).clone()
    return same(_vector(f(network, first, x0, x1, t, 0.5)), copied)


def _loss(velocity, c, x0, x1, t) -> Tensor:
    s = t.reshape(-1, 1)
    x_t = (1 - s) * x0 + s * x1
    found: Tensor = (velocity(x_t, t, c) - (x1 - x0)).square().mean()
    return found


def _moved(c, lr, loss_of, sign=-1.0) -> Tensor:
    c = c.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(loss_of(c), c)
    return (c + sign * lr * slope).detach()


@exercise.mistake(hint="formula")
def uphill(velocity, c, x0, x1, t, lr):
    """You add the gradient, so the loss grows. Subtract it: c - lr * slope."""
    return _moved(c, lr, lambda c: _loss(velocity, c, x0, x1, t), sign=1.0)


@exercise.mistake(hint="idea")
def weights_learn_too(velocity, c, x0, x1, t, lr):
    """You also move the weights of the network. In textual inversion they are frozen:
    take the gradient with respect to c alone."""
    c = c.detach().clone().requires_grad_(True)
    every = [c, *velocity.parameters()]
    slopes = torch.autograd.grad(_loss(velocity, c, x0, x1, t), every)
    with torch.no_grad():
        for p, slope in zip(every, slopes, strict=True):
            p -= lr * slope
    return c.detach()


@exercise.mistake(hint="idea")
def weights_learn_instead(velocity, c, x0, x1, t, lr):
    """You move the weights of the network and return the vector as it was. Here the
    weights are frozen, and the vector is what learns."""
    weights = list(velocity.parameters())
    slopes = torch.autograd.grad(_loss(velocity, c, x0, x1, t), weights)
    with torch.no_grad():
        for p, slope in zip(weights, slopes, strict=True):
            p -= lr * slope
    return c.clone()


@exercise.mistake(hint="formula")
def target_backwards(velocity, c, x0, x1, t, lr):
    """Your target is x0 - x1. Noise is at t = 0, so the velocity points from noise to
    data: x1 - x0."""
    s = t.reshape(-1, 1)
    x_t = (1 - s) * x0 + s * x1
    return _moved(c, lr, lambda c: (velocity(x_t, t, c) - (x0 - x1)).square().mean())


@exercise.mistake(hint="formula")
def data_as_target(velocity, c, x0, x1, t, lr):
    """Your target is the latents x1. The network gives a velocity, so compare it with
    x1 - x0."""
    s = t.reshape(-1, 1)
    x_t = (1 - s) * x0 + s * x1
    return _moved(c, lr, lambda c: (velocity(x_t, t, c) - x1).square().mean())


@exercise.mistake(hint="idea")
def asked_at_the_data(velocity, c, x0, x1, t, lr):
    """You ask the network at x1. While samples are drawn it sees points between noise
    and data: ask it at x_t."""
    return _moved(c, lr, lambda c: (velocity(x1, t, c) - (x1 - x0)).square().mean())


@exercise.mistake(hint="formula")
def path_backwards(velocity, c, x0, x1, t, lr):
    """Your point is t x0 + (1 - t) x1. Here noise is at t = 0: exchange the weights."""
    s = t.reshape(-1, 1)
    x_t = s * x0 + (1 - s) * x1
    return _moved(c, lr, lambda c: (velocity(x_t, t, c) - (x1 - x0)).square().mean())


@exercise.mistake(hint="line")
def summed(velocity, c, x0, x1, t, lr):
    """You sum the squares, so the step grows with the number of rows. Take the mean
    over rows and coordinates."""
    s = t.reshape(-1, 1)
    x_t = (1 - s) * x0 + s * x1
    return _moved(c, lr, lambda c: (velocity(x_t, t, c) - (x1 - x0)).square().sum())


@exercise.mistake(hint="line")
def summed_over_coordinates(velocity, c, x0, x1, t, lr):
    """You sum over the coordinates and average over rows. Take the mean over both, as
    the loss of flow matching does."""
    s = t.reshape(-1, 1)
    x_t = (1 - s) * x0 + s * x1
    return _moved(
        c, lr, lambda c: (velocity(x_t, t, c) - (x1 - x0)).square().sum(1).mean()
    )


@exercise.mistake(hint="formula")
def rate_forgotten(velocity, c, x0, x1, t, lr):
    """You subtract the gradient without the learning rate. Multiply it by lr."""
    return _moved(c, 1.0, lambda c: _loss(velocity, c, x0, x1, t))


@exercise.mistake(hint="formula")
def gradient_returned(velocity, c, x0, x1, t, lr):
    """You return the gradient. The step is c - lr times the gradient."""
    return c - _moved(c, 1.0, lambda c: _loss(velocity, c, x0, x1, t))


@exercise.mistake(hint="formula")
def change_returned(velocity, c, x0, x1, t, lr):
    """You return the change of the vector. Add it to c."""
    return _moved(c, lr, lambda c: _loss(velocity, c, x0, x1, t)) - c


@exercise.mistake(hint="formula")
def length_of_one(velocity, c, x0, x1, t, lr):
    """You divide the gradient by its length, so each step is equally long. Plain
    gradient descent takes smaller steps where the slope is smaller."""
    slope = c - _moved(c, 1.0, lambda c: _loss(velocity, c, x0, x1, t))
    return c - lr * slope / slope.norm()


@exercise.mistake(hint="idea")
def one_time_for_all(velocity, c, x0, x1, t, lr):
    """You use the first time for all rows. Each row has its own: t is [N]."""
    t = t[:1].expand(len(t))
    return _moved(c, lr, lambda c: _loss(velocity, c, x0, x1, t))


@exercise.mistake(hint="idea")
def in_place(velocity, c, x0, x1, t, lr):
    """You change the vector that was handed in. Return a new one, so that the old one
    can still be used."""
    after = _moved(c, lr, lambda c: _loss(velocity, c, x0, x1, t))
    with torch.no_grad():
        c.copy_(after)
    return c


@exercise.mistake(hint="line")
def halved(velocity, c, x0, x1, t, lr):
    """Your loss is half of the mean square, so the step is half as long. Leave the
    factor 1/2 out."""
    return _moved(c, lr, lambda c: _loss(velocity, c, x0, x1, t) / 2)


@exercise.mistake(hint="formula")
def absolute_differences(velocity, c, x0, x1, t, lr):
    """You take absolute differences. The loss of flow matching is the mean square."""
    s = t.reshape(-1, 1)
    x_t = (1 - s) * x0 + s * x1
    return _moved(c, lr, lambda c: (velocity(x_t, t, c) - (x1 - x0)).abs().mean())


@exercise.mistake(hint="formula")
def rest_of_the_way(velocity, c, x0, x1, t, lr):
    """Your target is x1 - x_t, the way that is left. The velocity of a straight path is
    x1 - x0 at every time."""
    s = t.reshape(-1, 1)
    x_t = (1 - s) * x0 + s * x1
    return _moved(c, lr, lambda c: (velocity(x_t, t, c) - (x1 - x_t)).square().mean())


@exercise.mistake(hint="formula")
def signs_alone(velocity, c, x0, x1, t, lr):
    """You move every number by lr, whatever its slope, as the first step of Adam does.
    Plain gradient descent multiplies the slope by lr."""
    slope = c - _moved(c, 1.0, lambda c: _loss(velocity, c, x0, x1, t))
    return c - lr * slope.sign()


@exercise.mistake(hint="formula")
def root_of_the_loss(velocity, c, x0, x1, t, lr):
    """You take the root of the mean square, so the gradient has another length. The
    loss of flow matching is the mean square itself."""
    return _moved(c, lr, lambda c: _loss(velocity, c, x0, x1, t).sqrt())


@exercise.mistake(hint="formula")
def noise_as_target(velocity, c, x0, x1, t, lr):
    """Your target is the noise x0, as in a diffusion model that predicts noise. The
    network gives a velocity, so compare it with x1 - x0."""
    s = t.reshape(-1, 1)
    x_t = (1 - s) * x0 + s * x1
    return _moved(c, lr, lambda c: (velocity(x_t, t, c) - x0).square().mean())


@exercise.mistake(hint="idea")
def one_target_for_all(velocity, c, x0, x1, t, lr):
    """You compare every row with the mean of x1 - x0. Each row has a target of its own:
    its x1 - x0."""
    s = t.reshape(-1, 1)
    x_t, target = (1 - s) * x0 + s * x1, (x1 - x0).mean(0)
    return _moved(c, lr, lambda c: (velocity(x_t, t, c) - target).square().mean())
