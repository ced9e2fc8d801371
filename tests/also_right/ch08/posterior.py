"""Other right answers to 08.posterior."""

import torch
from torch import Tensor

from aigc_course.exercises.ch08.posterior import posterior
from tests.also_right import also_right


@also_right
def by_precisions(x: Tensor, w: float, s: float) -> tuple[Tensor, float]:
    precision = 1 + w**2 / s**2
    return (w / s**2) * x / precision, 1 / precision


@also_right
def by_conditioning(x: Tensor, w: float, s: float) -> tuple[Tensor, Tensor]:
    joint = torch.tensor([[1.0, w], [w, w * w + s * s]]).double()  # of (z, x)
    slope = joint[0, 1] / joint[1, 1]
    return slope.to(x.dtype) * x, joint[0, 0] - slope * joint[1, 0]


@also_right
def one_for_each(x: Tensor, w: float, s: float) -> tuple[Tensor, Tensor]:
    mean, variance = posterior(x, w, s)
    return mean, torch.full_like(x, variance)
