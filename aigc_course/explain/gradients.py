"""How a score is shared out among the pixels that it was computed from.

A score is a function f from pictures [N, 1, 28, 28] to numbers [N], each of its own
picture alone. An attribution gives each pixel a share of it, positive where the pixel
raises the score.
"""

import copy
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from aigc_course import validate
from aigc_course.errors import CourseError

Score = Callable[[Tensor], Tensor]
RULES = ("midpoint", "gauss", "right")


class Attribution(NamedTuple):
    """Shares of pixels [N, 1, 28, 28], and what they should sum to and miss, [N].

    total = f(x) - f(baseline). gap = sum of values - total; 0 when complete.
    """

    values: Tensor
    total: Tensor
    gap: Tensor


def class_score(net: nn.Module, labels: Tensor | int) -> Score:
    """f_i(x) = the logit of labels[i] for picture i, or of one label for all."""

    def score(images: Tensor) -> Tensor:
        logits = net(images)
        if isinstance(labels, int):
            return logits[:, labels]
        return logits.gather(1, labels[:, None].to(logits.device))[:, 0]

    return score


def log_odds(net: nn.Module, a: int, b: int) -> Score:
    """f(x) = logit_a - logit_b = log p(a | x) - log p(b | x): why a and not b."""

    def score(images: Tensor) -> Tensor:
        logits = net(images)
        return logits[:, a] - logits[:, b]

    return score


def saliency(f: Score, x: Tensor) -> Tensor:
    """df/dx, [N, 1, 28, 28]: what a small change of a pixel does to its score.

    Signed (Simonyan et al. 2014, section 3, draw its size).
    """
    point = validate.images(x).detach().clone().requires_grad_()
    with torch.enable_grad():
        found = _score(f, point)
        (slope,) = torch.autograd.grad(found.sum(), point)
    return slope


def input_gradient(f: Score, x: Tensor, baseline: float | Tensor = -1.0) -> Attribution:
    """(x - x0) df/dx: complete only where f is linear between baseline x0 and x."""
    start = _baseline(x, baseline)
    return _attribution(f, x, start, (x - start) * saliency(f, x))


def integrated_gradients(
    f: Score,
    x: Tensor,
    baseline: float | Tensor = -1.0,
    steps: int = 64,
    rule: str = "midpoint",
) -> Attribution:
    """The gradient averaged over the straight line from a baseline x0 to x.

    values_i = (x_i - x0_i) int_0^1 df/dx_i (x0 + a (x - x0)) da
                                                  (Sundararajan et al. 2017, equation 1)
    which sum to f(x) - f(x0) (their proposition 1). The integral is a sum over `steps`
    points, so that a gap is left.

    baseline: a number, or pictures [N, 1, 28, 28]; black by default, and then black
    pixels get nothing whatever the network does. rule: "midpoint", "gauss" (the points
    and weights of Gauss and Legendre) or "right" (the end of each interval). Raises
    CourseError for other pictures, steps and rules.
    """
    start = _baseline(validate.images(x), baseline)
    mean = torch.zeros_like(x)
    for at, weight in zip(*_points(steps, rule), strict=True):
        mean += weight * saliency(f, start + at * (x - start))
    return _attribution(f, x, start, (x - start) * mean)


def guided_backprop(net: nn.Module, x: Tensor, labels: Tensor | int) -> Tensor:
    """Gradients that lose their negative part at each ReLU, [N, 1, 28, 28].

    Springenberg et al. 2015, section 3.4. It is the gradient of no function, and does
    not depend much on what the network has learnt (Adebayo et al. 2018).
    """
    guided = copy.deepcopy(net)

    def positive(module: nn.Module, inward: Any, outward: Any) -> tuple[Tensor]:
        return (inward[0].clamp(min=0),)

    for layer in guided.modules():
        if isinstance(layer, nn.ReLU):
            layer.inplace = False
            layer.register_full_backward_hook(positive)
    return saliency(class_score(guided, labels), x)


@torch.no_grad()
def deletion(
    f: Score, x: Tensor, values: Tensor, share: float, baseline: float = -1.0
) -> Tensor:
    """How far the score falls when the pixels of largest value are taken out, [N].

    Of the pixels that differ from the baseline (the ink), the `share` with the largest
    values are set to it. Compare with values that are random numbers: taking out ink
    lowers the score anyway. Raises CourseError for a share outside 0 to 1.
    """
    validate.share(share, "The part of the ink that is taken out")
    if values.shape != validate.images(x).shape:
        raise CourseError(
            f"Give one value for each pixel, {list(x.shape)}, not {list(values.shape)}."
        )
    ink = (x - baseline).abs().flatten(1) > 1e-3  # [N, 784]
    order = values.flatten(1).masked_fill(~ink, -torch.inf).argsort(1, descending=True)
    rank = order.argsort(1)  # 0 for the largest
    gone = rank < (share * ink.sum(1, keepdim=True)).round()
    left = torch.where(gone.view_as(x), torch.full_like(x, baseline), x)
    return _score(f, x) - _score(f, left)


@torch.no_grad()
def _attribution(f: Score, x: Tensor, start: Tensor, values: Tensor) -> Attribution:
    total = _score(f, x) - _score(f, start)
    return Attribution(values, total, values.flatten(1).sum(1) - total)


def _points(steps: int, rule: str) -> tuple[list[float], list[float]]:
    """Places in [0, 1] and their weights, which sum to 1."""
    validate.whole(steps, "The number of steps")
    if rule == "gauss":
        places, weights = np.polynomial.legendre.leggauss(steps)  # on [-1, 1]
        return ((places + 1) / 2).tolist(), (weights / 2).tolist()
    if rule not in RULES:
        raise CourseError(f"There is no rule {rule!r}; choose from {', '.join(RULES)}.")
    offset = 0.5 if rule == "midpoint" else 1.0
    return [(k + offset) / steps for k in range(steps)], [1 / steps] * steps


def _baseline(x: Tensor, baseline: float | Tensor) -> Tensor:
    if isinstance(baseline, Tensor):
        if baseline.shape != x.shape:
            raise CourseError(
                f"A baseline is a number or pictures {list(x.shape)}, not"
                f" {list(baseline.shape)}."
            )
        return validate.images(baseline).to(x.dtype)
    return validate.images(torch.full_like(x, baseline))


def _score(f: Score, x: Tensor) -> Tensor:
    found = f(x)
    if found.shape != (len(x),):
        raise CourseError(
            f"A score is one number for each picture, [{len(x)}]; this function gives"
            f" {list(found.shape)}."
        )
    return found
