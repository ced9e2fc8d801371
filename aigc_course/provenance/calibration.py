"""Is a probability of 0.9 right nine times out of ten, and when the mix changes?"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import softplus

from aigc_course import validate
from aigc_course.errors import CourseError

ROUNDS = 60  # of golden section: the temperature to twelve digits
LOWEST, HIGHEST = 0.05, 100.0  # temperatures that are looked at


class Bin(NamedTuple):
    """Pictures of similar probability: its mean, the share that is generated, and n."""

    mean: float
    share: float
    n: int


def reliability(p: Tensor, labels: Tensor, bins: int = 10) -> list[Bin]:
    """Probabilities beside shares, in bins of equal width that are not empty.

    p: probabilities of "generated", [N]. labels: [N], 1 for generated, 0 for real.
    Raises CourseError for other shapes and values.
    """
    chances, truth = _probabilities(p), _labels(labels, len(p))
    validate.whole(bins, "The number of bins")
    which = (chances * bins).long().clamp(max=bins - 1)
    found = []
    for b in range(bins):
        inside = which == b
        if n := int(inside.sum()):
            mean, share = float(chances[inside].mean()), float(truth[inside].mean())
            found.append(Bin(mean, share, n))
    return found


def expected_calibration_error(p: Tensor, labels: Tensor, bins: int = 10) -> float:
    """sum_b n_b / N |mean p - share generated| over bins (Guo et al. 2017, equation 3).

    >>> p, labels = torch.tensor([0.9, 0.9]), torch.tensor([1, 0])
    >>> round(expected_calibration_error(p, labels), 3)
    0.4
    """
    rows = reliability(p, labels, bins)
    return sum(row.n * abs(row.mean - row.share) for row in rows) / len(p)


def temperature(logits: Tensor, labels: Tensor) -> float:
    """The T for which sigmoid(logit / T) fits the labels best (Guo et al. 2017, 4.2).

    Fit it on pictures that had no part in training. It changes no order and no
    decision at 1/2. The loss is convex in 1/T, so one search on a line finds it;
    between 0.05 and 100. Raises CourseError as `reliability` does.
    """
    a, truth = _finite(logits), _labels(labels, len(logits))

    def loss(inverse: float) -> float:
        # cross entropy of a logit a and a label y: softplus(a) - y a
        return float((softplus(a * inverse) - truth * a * inverse).mean())

    low, high = 1 / HIGHEST, 1 / LOWEST
    golden = (5**0.5 - 1) / 2
    for _ in range(ROUNDS):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return 2 / (low + high)


def move_prior(p: Tensor, trained: float, actual: float) -> Tensor:
    """Probabilities for another mix of real and generated pictures, [N].

    odds' = odds  actual / (1 - actual)  (1 - trained) / trained

    where `trained` and `actual` are the shares of generated pictures (Saerens et al.
    2002, equation 2.4). Right where only the mix changes, and both kinds stay as they
    were: a new generator is not covered. Raises CourseError for shares of 0 or 1.

    >>> move_prior(torch.tensor([0.5]), 0.5, 0.01).item()
    0.01
    """
    chances = _probabilities(p)
    for share in (trained, actual):
        if not 0 < share < 1:
            raise CourseError(
                f"A share of generated pictures is between 0 and 1, not {share:g}."
            )
    up, down = actual / trained, (1 - actual) / (1 - trained)
    return chances * up / (chances * up + (1 - chances) * down)


def _probabilities(p: Tensor) -> Tensor:
    found = _finite(p)
    if not bool(((found >= 0) & (found <= 1)).all()):
        raise CourseError("Probabilities are between 0 and 1; apply sigmoid to logits.")
    return found


def _finite(values: Tensor) -> Tensor:
    found = torch.as_tensor(values).detach().double()
    if found.ndim != 1 or not len(found):
        raise CourseError(f"Give one value a picture, [N]; got {list(found.shape)}.")
    validate.finite(found, "values")
    return found


def _labels(labels: Tensor, n: int) -> Tensor:
    truth = torch.as_tensor(labels).double()
    if truth.shape != (n,) or not bool(((truth == 0) | (truth == 1)).all()):
        raise CourseError(
            f"Labels are 1 for generated and 0 for real, one a picture, [{n}]."
        )
    return truth
