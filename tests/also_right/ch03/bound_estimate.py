"""Other right answers to 03.bound_estimate."""

import math

import torch
from torch import Tensor

from aigc_course.exercises.ch03.bound_estimate import Pair
from tests.also_right import also_right


@also_right
def step_by_step(t_real: Tensor, conjugate_fake: Tensor) -> Pair:
    errors = [v.std(correction=0) / len(v) ** 0.5 for v in (t_real, conjugate_fake)]
    value = t_real.sum() / len(t_real) - conjugate_fake.sum() / len(conjugate_fake)
    return value, torch.hypot(*errors)


@also_right
def as_floats(t_real: Tensor, conjugate_fake: Tensor) -> list[float]:
    n, m = len(t_real), len(conjugate_fake)
    spread = t_real.var().item() / n + conjugate_fake.var().item() / m
    return [t_real.mean().item() - conjugate_fake.mean().item(), math.sqrt(spread)]
