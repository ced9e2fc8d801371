"""Other right answers to 02.tabular_step."""

import numpy as np
import torch

from aigc_course.exercises.ch02.tabular_step import Array, Pair
from tests.also_right import also_right


@also_right
def with_the_jacobian(logits: Array, theta: Array, p: Array, rate: float) -> Pair:
    q = np.exp(theta - theta.max())
    q = q / q.sum()
    logits = logits + rate * (p - (p + q) / (1 + np.exp(-logits)))
    softmax_slope = np.diag(q) - np.outer(q, q)
    return logits, theta - rate * softmax_slope @ np.log(1 / (1 + np.exp(logits)))


@also_right
def by_autograd(logits: Array, theta: Array, p: Array, rate: float) -> Pair:
    a, t = (torch.tensor(v, requires_grad=True) for v in (logits, theta))
    real = torch.tensor(p)
    for mover, sign in ((a, 1), (t, -1)):
        d = a.sigmoid()
        v = (real * d.log()).sum() + (t.softmax(0) * (1 - d).log()).sum()
        (slope,) = torch.autograd.grad(v, mover)
        mover.data += sign * rate * slope
    return a.detach().numpy(), t.detach().numpy()
