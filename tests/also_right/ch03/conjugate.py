"""Other right answers to 03.conjugate."""

import torch
from torch import Tensor

from aigc_course.exercises.ch03.conjugate import Convex
from tests.also_right import also_right


@also_right
def slope_by_slope(f: Convex, t: Tensor, u: Tensor) -> Tensor:
    height = f(u)
    return torch.stack([torch.max(slope * u - height) for slope in t])


@also_right
def least_gap(f: Convex, t: Tensor, u: Tensor) -> Tensor:
    return -(f(u)[:, None] - torch.outer(u, t)).amin(0)
