"""Exercise on a test for a step in which a player learns nothing."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from aigc_course.clinic.exercise import test_exercise

TrainStep = Callable[
    [nn.Module, nn.Module, tuple[Optimizer, Optimizer], Tensor, Tensor], object
]


Both = tuple[Optimizer, Optimizer]
Losses = tuple[Tensor, Tensor]


def only_g(g: nn.Module, d: nn.Module, both: Both, real: Tensor, z: Tensor) -> Losses:
    """A version to tell answers apart: D keeps its weights."""
    loss = torch.nn.functional.softplus(-d(g(z))).mean()
    both[0].zero_grad()
    loss.backward()
    both[0].step()
    return loss.detach(), loss.detach()


def idle(g: nn.Module, d: nn.Module, both: Both, real: Tensor, z: Tensor) -> Losses:
    """Another one: nothing happens."""
    return real.mean(), real.mean()


exercise = test_exercise(
    "20.exposes_same_scores",
    patient="same_scores",
    probes=(only_g, idle),
    order=170,
    title="Do both players learn?",
    difficulty=3,
    minutes=12,
    idea="Two of the eight invariants speak of a player that does not learn: connected"
    " and moves. Choose one of them, and test it for both players.",
    formula="Make two small networks and two optimisers. Copy the parameters of each,"
    " call the step once, and compare: both have changed.",
    line="Write `g, d = nn.Linear(3, 2), nn.Linear(2, 1)`, `optimizers ="
    " (torch.optim.SGD(g.parameters(), 0.1), torch.optim.SGD(d.parameters(), 0.1))`,"
    " `before = g.weight.detach().clone()`, `train_step(g, d, optimizers,"
    " torch.randn(8, 2), torch.randn(8, 3))`, `assert not torch.equal(before,"
    " g.weight)` and `return None`.",
    variation="Say in the message of your assertion which parameters did not move.",
)


@exercise.answer
def exposes_same_scores(train_step: TrainStep) -> None:
    """Raise AssertionError if a player does not learn in this step.

    train_step: called with G, D, (G's optimiser, D's optimiser), real samples and
    latents; what it returns does not matter.
    """
    g, d = nn.Linear(3, 2), nn.Linear(2, 1)
    optimizers = (
        torch.optim.SGD(g.parameters(), lr=0.1),
        torch.optim.SGD(d.parameters(), lr=0.1),
    )
    before = g.weight.detach().clone(), d.weight.detach().clone()
    train_step(g, d, optimizers, torch.randn(8, 2), torch.randn(8, 3))
    assert not torch.equal(before[0], g.weight), "G has learnt nothing"
    assert not torch.equal(before[1], d.weight), "D has learnt nothing"


def _stepped(train_step: TrainStep) -> tuple[nn.Linear, nn.Linear, Tensor, Tensor]:
    g, d = nn.Linear(3, 2), nn.Linear(2, 1)
    optimizers = (
        torch.optim.SGD(g.parameters(), lr=0.1),
        torch.optim.SGD(d.parameters(), lr=0.1),
    )
    old_g, old_d = g.weight.detach().clone(), d.weight.detach().clone()
    train_step(g, d, optimizers, torch.randn(8, 2), torch.randn(8, 3))
    return g, d, old_g, old_d


@exercise.mistake(hint="formula")
def looks_at_d(train_step: TrainStep) -> None:
    """You ask whether D has changed. It has, also in the sick step: ask the same of
    G."""
    _, d, _, old = _stepped(train_step)
    assert not torch.equal(old, d.weight)


@exercise.mistake(hint="idea")
def stays_the_same(train_step: TrainStep) -> None:
    """You demand that G stays as it was. That is right for D's turn alone. This step
    has both turns, so G has to move."""
    g, _, old, _ = _stepped(train_step)
    assert torch.equal(old, g.weight)
