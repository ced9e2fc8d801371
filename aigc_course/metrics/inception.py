"""Inception score: confident one by one, varied together."""

import torch
from torch import Tensor

from aigc_course.errors import CourseError

ROUNDING = 1e-3  # by which a row of float32 probabilities may miss the sum 1


def inception_score(probabilities: Tensor) -> float:
    """How sure a classifier is of each sample, and how varied its answers are.

    IS = exp(mean_i KL(p(y|x_i) || p(y))),  p(y) = mean_i p(y|x_i)
    (Salimans et al. 2016, section 4). It lies between 1 (every row is equal) and the
    number of classes k (each row is sure of one class, and all classes occur equally
    often). Real images are never looked at, and one perfect image per class scores k.
    The mean is over all n rows at once; others average over ten parts, which gives
    slightly lower figures. With the course's digit classifier the scale is its own, 1
    to 10: compare it with no score that Inception's thousand classes gave.

    probabilities: [n, k], rows sum to 1, as `metrics.probabilities` gives them. Raises
    CourseError for another shape, n = 0, and rows that are no distributions.

    >>> inception_score(torch.eye(4))
    4.0
    """
    _require_distributions(probabilities)
    p = probabilities.double()
    p = p / p.sum(1, keepdim=True)
    marginal = p.mean(0)  # p(y)
    # mean_i KL(p_i || p) = H(p) - mean_i H(p_i), with 0 log 0 = 0
    information = _entropy(marginal) - _entropy(p) / len(p)
    return float(information.clamp(min=0).exp())


def _entropy(p: Tensor) -> Tensor:
    return -torch.special.xlogy(p, p).sum()


def _require_distributions(p: Tensor) -> None:
    if p.ndim != 2 or 0 in p.shape or not p.is_floating_point():
        raise CourseError(
            "The inception score takes class probabilities [n, k] with n >= 1;"
            f" got {p.dtype} of shape {list(p.shape)}."
        )
    sums = p.double().sum(1)
    if not (p >= 0).all() or not ((sums - 1).abs() <= ROUNDING).all():
        raise CourseError(
            "Each row of probabilities is 0 or more and sums to 1; these do not."
            " Logits become probabilities by softmax(1)."
        )
