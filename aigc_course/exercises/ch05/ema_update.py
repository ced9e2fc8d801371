"""Exercise: an average of the weights."""

import torch
from torch import Tensor, nn

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Tensors = list[Tensor]


exercise = Exercise(
    "05.ema_update",
    order=100,
    title="An average of the weights",
    difficulty=2,
    minutes=8,
    idea="The average keeps most of itself and takes in a little of the new weights."
    " Change its tensors in place, and keep the update out of the graph.",
    formula="average <- decay * average + (1 - decay) * weight, for each pair.",
    line="Write `for a, w in zip(average, weights): a.mul_(decay).add_(w.detach(),"
    " alpha=1 - decay)`.",
    variation="Plot how the weight of one step in the average fades, and find the decay"
    " that halves it in 100 steps.",
    asks="method",
)


@exercise.answer
def ema_update(average: list[Tensor], weights: list[Tensor], decay: float) -> None:
    """average <- decay * average + (1 - decay) * weights, in place, pair by pair.

    average: tensors that own their memory. weights: the network's parameters, of the
    same shapes; they stay as they are. decay: 0 to 1.
    """
    with torch.no_grad():  # an average is no part of the graph
        for a, w in zip(average, weights, strict=True):
            a.mul_(decay).add_(w, alpha=1 - decay)


@exercise.observe
def two_updates(f) -> dict[str, object]:
    network = nn.Linear(3, 2)
    average = [torch.randn(2, 3), torch.randn(2)]
    f(list(average), list(network.parameters()), 0.9)
    after = [a.detach().clone() for a in average]
    f(list(average), list(network.parameters()), 0.75)
    return {
        "the average after one update": after,
        "the average after two updates": [a.detach() for a in average],
        "the weights": [w.detach() for w in network.parameters()],
        "the average carries a graph": any(a.requires_grad for a in average),
    }


@exercise.must_hold
def no_graph(f) -> bool:
    """The average carries no graph, though the weights require gradients."""
    average, weights = [torch.zeros(3)], [torch.ones(3, requires_grad=True)]
    f(list(average), weights, 0.9)
    return not average[0].requires_grad


@exercise.must_hold
def ends(f) -> bool:
    """Decay 1 keeps the average, decay 0 copies the weights."""
    average, weights = [torch.zeros(3)], [torch.ones(3)]
    f(list(average), weights, 1.0)
    kept = average[0].clone()
    f(list(average), weights, 0.0)
    return same(kept, torch.zeros(3)) and same(average[0], weights[0])


@exercise.must_hold
def fades(f) -> bool:
    """With weights that stay put, n updates shrink the distance to decay ** n of it."""
    average, weights = [torch.zeros(3)], [torch.ones(3)]
    for _ in range(10):
        f(list(average), weights, 0.9)
    return same(1 - average[0], torch.full((3,), 0.9**10), tolerance=1e-3)


@exercise.mistake(hint="formula")
def decay_on_the_wrong_side(average: Tensors, weights: Tensors, decay: float) -> None:
    """Your decay multiplies the new weights: with 0.999 the average forgets all but the
    last step. The average itself is kept with the share `decay`."""
    ema_update(average, weights, 1 - decay)


@exercise.mistake(hint="idea")
def rebound(average: Tensors, weights: Tensors, decay: float) -> None:
    """The averaged tensors are the same after your update: `a = ...` or
    `average[i] = ...` makes a new tensor, and the averaged network keeps its old one.
    Change it in place, with `mul_`, `add_`, `lerp_` or `copy_`."""
    for a, w in zip(average, weights, strict=True):
        a = decay * a + (1 - decay) * w


@exercise.mistake(hint="idea")
def weights_overwritten(average: Tensors, weights: Tensors, decay: float) -> None:
    """Your average is written into the weights, so the network in training is pulled
    back at every step. Write into the average; the weights stay as they are."""
    with torch.no_grad():
        for a, w in zip(average, weights, strict=True):
            w.mul_(1 - decay).add_(a, alpha=decay)


@exercise.mistake(hint="formula")
def plain_mean(average: Tensors, weights: Tensors, decay: float) -> None:
    """You take the plain mean, whatever the decay: half of the average is the last
    step, and it stays as noisy as that. Let `decay`, near 1, weigh the past."""
    ema_update(average, weights, 0.5)


@exercise.mistake(hint="formula")
def sum_of_all(average: Tensors, weights: Tensors, decay: float) -> None:
    """The new weights come in whole: the shares are `decay` and 1, and the average
    grows to 1 / (1 - decay) times the weights. The shares have to add up to 1."""
    with torch.no_grad():
        for a, w in zip(average, weights, strict=True):
            a.mul_(decay).add_(w)


@exercise.mistake(hint="idea")
def graph_kept(average: Tensors, weights: Tensors, decay: float) -> None:
    """The values are right, but the average now carries the graph of every update
    since the start, and memory grows with each step. Work under `torch.no_grad()` or
    with `w.detach()`."""
    for a, w in zip(average, weights, strict=True):
        a.mul_(decay).add_(w, alpha=1 - decay)
