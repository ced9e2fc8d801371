"""Other right answers to 15.adain."""

import torch
from torch import Tensor

from aigc_course.exercises.ch15.adain import statistics
from tests.also_right import also_right


@also_right
def by_instance_norm(x: Tensor, y: Tensor) -> Tensor:
    mean, spread = statistics(y)
    return torch.nn.functional.instance_norm(x, eps=1e-6) * spread + mean


@also_right
def by_flat_rows(x: Tensor, y: Tensor) -> Tensor:
    rows, wanted = x.flatten(2), y.flatten(2)
    rows = rows - rows.mean(2, keepdim=True)
    rows = rows / (rows.square().mean(2, keepdim=True) + 1e-6).sqrt()
    mean = wanted.mean(2, keepdim=True)
    spread = ((wanted - mean).square().mean(2, keepdim=True) + 1e-6).sqrt()
    return (rows * spread + mean).view_as(x)
