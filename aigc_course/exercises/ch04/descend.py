"""Exercise: three calls that teach."""

import torch
from torch import Tensor, nn
from torch.optim import Adam

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.small_gan import Net, Opt, sgd, weights

exercise = Exercise(
    "04.descend",
    order=40,
    title="Three calls that teach",
    difficulty=1,
    minutes=6,
    idea="PyTorch adds new gradients to those that are there. So first throw the old"
    " ones away, then compute, then move.",
    formula="g = 0; g = g + dL/dw; w = w - lr g (or what the optimiser makes of g).",
    line="Call `optimizer.zero_grad()`, `loss.backward()`, `optimizer.step()`.",
    variation="Clip the gradients to length 1 between the second and the third call,"
    " and see whether the loop below becomes steadier.",
    asks="step",
)


@exercise.answer
def descend(optimizer: Opt, loss: Tensor) -> None:
    """Move the optimiser's weights one step down the loss; older gradients are void."""
    optimizer.zero_grad()  # whoever called backward() before has left gradients here
    loss.backward()
    optimizer.step()


def task() -> tuple[Net, Tensor, Tensor]:
    """A small network, inputs and targets."""
    network = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1))
    return network, torch.randn(8, 3), torch.randn(8, 1)


def error(network: Net, x: Tensor, y: Tensor) -> Tensor:
    return (network(x) - y).square().mean()


@exercise.observe
def two_updates(f) -> dict[str, object]:
    network, x, y = task()
    optimizer = sgd(network, 0.1)
    (3 * network(x)).sum().backward()  # as another player may have left it
    f(optimizer, error(network, x, y))
    once = weights(network)
    f(optimizer, error(network, x, y))
    twice = weights(network)
    f(optimizer, 50 * error(network, x, y))  # a gradient much longer than 1
    steep = weights(network)
    heavy = torch.optim.SGD(network.parameters(), 0.1, momentum=0.9)
    f(heavy, error(network, x, y))
    return {
        "after one update": once,
        "after two updates": twice,
        "after an update with a long gradient": steep,
        "after an update with momentum": weights(network),
    }


@exercise.must_hold
def lower(f) -> bool:
    """After a small step the same loss is smaller."""
    network, x, y = task()
    before = error(network, x, y).detach()
    f(sgd(network, 0.01), error(network, x, y))
    return bool(error(network, x, y) < before)


@exercise.must_hold
def with_any_optimizer(f) -> bool:
    """Where Adam takes its first step each weight moves by the learning rate."""
    weight = torch.tensor([3.0, -2.0], requires_grad=True)
    f(Adam([weight], lr=0.1), weight.square().sum())
    return same(weight.detach(), torch.tensor([2.9, -1.9]), tolerance=1e-3)


@exercise.mistake(hint="formula")
def never_cleared(optimizer: Opt, loss: Tensor) -> None:
    """Gradients of earlier calls are still in the weights, and `backward()` adds to
    them: you walk down a sum of old losses, in a GAN even down the opponent's. Call
    `optimizer.zero_grad()` first."""
    loss.backward()
    optimizer.step()


@exercise.mistake(hint="formula")
def cleared_afterwards(optimizer: Opt, loss: Tensor) -> None:
    """You clear the gradients after the step. What the other player's `backward()`
    leaves here before your next turn is then still counted. Clear them before
    `backward()`."""
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()


@exercise.mistake(hint="line")
def nothing_moves(optimizer: Opt, loss: Tensor) -> None:
    """The weights are where they were: `optimizer.step()` is missing, or it found no
    gradients because it came before `backward()` or after `zero_grad()`. The order is
    zero_grad, backward, step."""
    optimizer.zero_grad()
    loss.backward()


@exercise.mistake(hint="formula")
def uphill(optimizer: Opt, loss: Tensor) -> None:
    """The loss has grown: your step goes up. Optimisers subtract the gradient already,
    so hand them the loss itself."""
    optimizer.zero_grad()
    (-loss).backward()
    optimizer.step()


@exercise.mistake(hint="idea")
def stepped_twice(optimizer: Opt, loss: Tensor) -> None:
    """You take two steps with one gradient, and the second step uses a gradient of the
    old place. Call `step()` once for each `backward()`."""
    descend(optimizer, loss)
    optimizer.step()


@exercise.mistake(hint="formula")
def backward_twice(optimizer: Opt, loss: Tensor) -> None:
    """You call `backward()` twice, and the second call adds the same gradient again:
    the step is twice as long. One `backward()` for each step."""
    optimizer.zero_grad()
    loss.backward(retain_graph=True)
    loss.backward()
    optimizer.step()


@exercise.mistake(hint="formula")
def clipped(optimizer: Opt, loss: Tensor) -> None:
    """You clip gradients longer than 1, which changes where the step leads and is not
    part of (4.7). Move along the whole gradient."""
    optimizer.zero_grad()
    loss.backward()
    held = [w for group in optimizer.param_groups for w in group["params"]]
    nn.utils.clip_grad_norm_(held, 1.0)
    optimizer.step()
