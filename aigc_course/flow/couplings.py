"""Couplings: which noise goes with which data in a batch.

Both functions give the noise x0 in another order and leave the data as they are. The
set of pairs has the same noise and the same data as before, so what is drawn in the end
is the same law; the paths between them are shorter and straighter.
"""

import torch
from torch import Tensor

from aigc_course import validate
from aigc_course.errors import CourseError

GROUP = 256  # rows that are paired with one another; the work grows with its cube


def transport(x0: Tensor, x1: Tensor, labels: Tensor | None = None) -> Tensor:
    """x0 in the order that makes sum_i || x0_i - x1_i ||^2 least, GROUP rows at a time.

    Optimal transport within a minibatch (Tong et al. 2024, section 3.2.2). labels are
    not looked at: for a conditional flow take `within_classes`, because here the noise
    that meets one class is no longer normal. x0, x1: [B, ...] of one shape; CourseError
    for two, and for values that are not finite.

    >>> transport(torch.tensor([[9.0], [0.0]]), torch.tensor([[1.0], [8.0]])).flatten()
    tensor([0., 9.])
    """
    _check(x0, x1)
    parts = zip(x0.split(GROUP), x1.split(GROUP), strict=True)
    return torch.cat([noise[_nearest(noise, data)] for noise, data in parts])


def within_classes(x0: Tensor, x1: Tensor, labels: Tensor | None = None) -> Tensor:
    """`transport` among the rows of each class alone: every class keeps normal noise.

    Which noise a class is given is decided before any distance is looked at, so within
    each class the noise is a sample of N(0, I). labels: int [B]. Raises CourseError as
    `transport` does, and without labels.
    """
    _check(x0, x1)
    if labels is None:
        raise CourseError(
            "Pairing within classes needs labels: give a batch (data, labels), or take"
            " flow.transport."
        )
    labels = validate.labels(labels, len(x1), int(labels.max()) + 1)
    assert labels is not None
    paired = x0.clone()
    for label in labels.unique():
        rows = labels == label
        paired[rows] = transport(x0[rows], x1[rows])
    return paired


def _nearest(x0: Tensor, x1: Tensor) -> Tensor:
    """For each row of x1 the row of x0 that the cheapest assignment gives it: [B]."""
    from scipy.optimize import linear_sum_assignment

    # || x1 - x0 ||^2 = || x1 ||^2 + || x0 ||^2 - 2 x1 x0: the squares are the same for
    # every assignment, and what is left is one matrix product
    with torch.autocast(x0.device.type, enabled=False):  # the pairs are exact
        cost = -(x1.flatten(1).float() @ x0.flatten(1).float().T)  # [B, B]
    _, columns = linear_sum_assignment(cost.cpu().numpy())
    return torch.from_numpy(columns).to(x0.device)


def _check(x0: Tensor, x1: Tensor) -> None:
    validate.same_shape(x1, x0)
    validate.finite(x0, "noise")
    validate.finite(x1, "data")
