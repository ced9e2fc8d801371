"""Exercises on what long runs add: averaged weights and a falling rate."""

import math

import torch
from torch import Tensor, nn

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Tensors = list[Tensor]

ema = Exercise(
    "05.ema_update",
    title="An average of the weights",
    difficulty=2,
    minutes=8,
    idea="The average keeps most of itself and takes in a little of the new weights."
    " Change its tensors in place, and let autograd look away.",
    formula="average <- decay * average + (1 - decay) * weight, for each pair.",
    line="Write `for a, w in zip(average, weights): a.mul_(decay).add_(w.detach(),"
    " alpha=1 - decay)`.",
    variation="Plot how the weight of one step in the average fades, and find the decay"
    " that halves it in 100 steps.",
)


@ema.answer
def ema_update(average: list[Tensor], weights: list[Tensor], decay: float) -> None:
    """average <- decay * average + (1 - decay) * weights, in place, pair by pair.

    average: tensors that own their memory. weights: the network's parameters, of the
    same shapes; they stay as they are. decay: 0 to 1.
    """
    with torch.no_grad():  # an average is no part of the graph
        for a, w in zip(average, weights, strict=True):
            a.mul_(decay).add_(w, alpha=1 - decay)


@ema.also_right
def by_lerp(average: Tensors, weights: Tensors, decay: float) -> None:
    for a, w in zip(average, weights, strict=True):
        a.lerp_(w.detach(), 1 - decay)


@ema.also_right
def by_data(average: Tensors, weights: Tensors, decay: float) -> None:
    for i in range(len(average)):
        average[i].data = decay * average[i].data + (1 - decay) * weights[i].data


@ema.observe
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


@ema.must_hold
def no_graph(f) -> bool:
    """The average carries no graph, though the weights require gradients."""
    average, weights = [torch.zeros(3)], [torch.ones(3, requires_grad=True)]
    f(list(average), weights, 0.9)
    return not average[0].requires_grad


@ema.must_hold
def ends(f) -> bool:
    """Decay 1 keeps the average, decay 0 copies the weights."""
    average, weights = [torch.zeros(3)], [torch.ones(3)]
    f(list(average), weights, 1.0)
    kept = average[0].clone()
    f(list(average), weights, 0.0)
    return same(kept, torch.zeros(3)) and same(average[0], weights[0])


@ema.must_hold
def fades(f) -> bool:
    """With weights that stay put, n updates shrink the distance to decay ** n of it."""
    average, weights = [torch.zeros(3)], [torch.ones(3)]
    for _ in range(10):
        f(list(average), weights, 0.9)
    return same(1 - average[0], torch.full((3,), 0.9**10), tolerance=1e-3)


@ema.mistake(hint="formula")
def decay_on_the_wrong_side(average: Tensors, weights: Tensors, decay: float) -> None:
    """Your decay multiplies the new weights: with 0.999 the average forgets all but the
    last step. The average itself is kept with the share `decay`."""
    ema_update(average, weights, 1 - decay)


@ema.mistake(hint="idea")
def rebound(average: Tensors, weights: Tensors, decay: float) -> None:
    """The averaged tensors are the same after your update: `a = ...` or
    `average[i] = ...` makes a new tensor, and the averaged network keeps its old one.
    Change it in place, with `mul_`, `add_`, `lerp_` or `copy_`."""
    for a, w in zip(average, weights, strict=True):
        a = decay * a + (1 - decay) * w


@ema.mistake(hint="idea")
def weights_overwritten(average: Tensors, weights: Tensors, decay: float) -> None:
    """Your average is written into the weights, so the network in training is pulled
    back at every step. Write into the average; the weights stay as they are."""
    with torch.no_grad():
        for a, w in zip(average, weights, strict=True):
            w.mul_(1 - decay).add_(a, alpha=decay)


@ema.mistake(hint="formula")
def plain_mean(average: Tensors, weights: Tensors, decay: float) -> None:
    """You take the plain mean, whatever the decay: half of the average is the last
    step, and it stays as noisy as that. Let `decay`, near 1, weigh the past."""
    ema_update(average, weights, 0.5)


@ema.mistake(hint="formula")
def sum_of_all(average: Tensors, weights: Tensors, decay: float) -> None:
    """The new weights come in whole: the shares are `decay` and 1, and the average
    grows to 1 / (1 - decay) times the weights. The shares have to add up to 1."""
    with torch.no_grad():
        for a, w in zip(average, weights, strict=True):
            a.mul_(decay).add_(w)


@ema.mistake(hint="idea")
def graph_kept(average: Tensors, weights: Tensors, decay: float) -> None:
    """The values are right, but the average now carries the graph of every update
    since the start, and memory grows with each step. Work under `torch.no_grad()` or
    with `w.detach()`."""
    for a, w in zip(average, weights, strict=True):
        a.mul_(decay).add_(w, alpha=1 - decay)


fall = Exercise(
    "05.hold_then_fall",
    title="A learning rate that holds, then falls",
    difficulty=1,
    minutes=6,
    idea="Measure how far the fall has got: 0 until `hold`, 1 at the end and after it."
    " The factor goes from 1 to `final` in step with it.",
    formula="s = (progress - hold) / (1 - hold), held within [0, 1]; the factor is"
    " 1 - s * (1 - final).",
    line="Write `s = min(max((progress - hold) / (1 - hold), 0), 1)` and"
    " `return 1 - s * (1 - final)`.",
    variation="Let the factor fall along half a cosine, and compare the last samples.",
)


@fall.answer
def hold_then_fall(progress: float, hold: float = 0.5, final: float = 0.05) -> float:
    """Factor on the learning rate: 1 until `hold`, then straight down to `final` at 1.

    progress: share of the training done, 0 to 1; after 1 the factor stays `final`.
    """
    s = min(max((progress - hold) / (1 - hold), 0), 1)  # share of the fall, 0 to 1
    return 1 - s * (1 - final)


@fall.also_right
def in_three_pieces(progress: float, hold: float = 0.5, final: float = 0.05) -> float:
    if progress <= hold:
        return 1.0
    if progress >= 1:
        return final
    left = (1 - progress) / (1 - hold)
    return left * 1 + (1 - left) * final


@fall.inputs
def moments() -> list[tuple[float, ...]]:
    points = [(0.75,), (0.0,), (0.5,), (0.6,), (0.99,), (1.0,), (1.25,)]
    return [*points, (0.5, 0.8), (0.9, 0.8, 0.2), (0.5, 0.0, 0.1)]


@fall.must_hold
def ends_of_the_fall(f) -> bool:
    """The factor is 1 at `hold`, `final` at 1, and half-way between them midway."""
    return same([f(0.4, 0.4, 0.2), f(0.7, 0.4, 0.2), f(1.0, 0.4, 0.2)], [1, 0.6, 0.2])


@fall.must_hold
def never_rises(f) -> bool:
    """The factor never rises, and stays between `final` and 1, before and after."""
    factors = [f(i / 50) for i in range(76)]
    falls = all(b <= a + 1e-6 for a, b in zip(factors, factors[1:], strict=False))
    return bool(falls and max(factors) < 1 + 1e-6 and min(factors) > 0.05 - 1e-6)


@fall.mistake(hint="idea")
def falls_at_once(progress: float, hold: float = 0.5, final: float = 0.05) -> float:
    """Your factor falls from the first step, so most of the training runs at less than
    the rate you have set. Hold it at 1 until `hold`."""
    return hold_then_fall(progress, 0.0, final)


@fall.mistake(hint="formula")
def down_to_zero(progress: float, hold: float = 0.5, final: float = 0.05) -> float:
    """Your factor falls to 0, and the last steps change nothing any more. Let it reach
    `final` at progress 1."""
    return hold_then_fall(progress, hold, 0.0)


@fall.mistake(hint="formula")
def aims_at_zero(progress: float, hold: float = 0.5, final: float = 0.05) -> float:
    """Your line aims at 0 and is stopped at `final`, which it meets before the end.
    Aim at `final` itself: the line reaches it at progress 1."""
    return max(hold_then_fall(progress, hold, 0.0), final)


@fall.mistake(hint="idea")
def drops(progress: float, hold: float = 0.5, final: float = 0.05) -> float:
    """Your factor drops from 1 to `final` in one step. Let it fall along a straight
    line between `hold` and 1."""
    return 1.0 if progress <= hold else final


@fall.mistake(hint="formula")
def falls_on(progress: float, hold: float = 0.5, final: float = 0.05) -> float:
    """After progress 1 your factor goes on falling, and at last the rate is negative:
    the networks would climb. Hold it at `final`."""
    return 1 - max((progress - hold) / (1 - hold), 0) * (1 - final)


@fall.mistake(hint="formula")
def too_high_at_first(progress: float, hold: float = 0.5, final: float = 0.05) -> float:
    """Your line runs through the hold as well: before `hold` the factor is above 1, and
    the first steps are nearly twice as long. Let the factor stop at 1."""
    return 1 - min((progress - hold) / (1 - hold), 1) * (1 - final)


@fall.mistake(hint="formula")
def along_a_cosine(progress: float, hold: float = 0.5, final: float = 0.05) -> float:
    """Your factor falls along half a cosine, a common schedule. (5.11) is a straight
    line from 1 to `final`."""
    s = hold_then_fall(progress, hold, 0.0)  # from 1 to 0
    return final + (1 - final) * (1 - math.cos(math.pi * s)) / 2


@fall.mistake(hint="formula")
def by_a_power(progress: float, hold: float = 0.5, final: float = 0.05) -> float:
    """Your factor falls exponentially: by the same ratio in equal times. (5.11) falls
    by the same amount in equal times, a straight line from 1 to `final`."""
    return final ** (1 - hold_then_fall(progress, hold, 0.0))


@fall.mistake(hint="formula")
def falls_by_final(progress: float, hold: float = 0.5, final: float = 0.05) -> float:
    """Your factor falls by `final` and ends at 1 - final. It falls to `final`, so by
    1 - final."""
    return 1 - final * (1 - hold_then_fall(progress, hold, 0.0))


@fall.mistake(hint="idea")
def drops_at_hold(progress: float, hold: float = 0.5, final: float = 0.05) -> float:
    """Your factor jumps to `final` as soon as `hold` is reached. Between `hold` and 1
    it falls along a straight line."""
    return 1.0 if progress < hold else final
