"""Other right answers to 05.losses_at."""

import math

import torch
from torch import Tensor
from torch.nn.functional import softplus

from aigc_course.exercises.ch05.losses_at import Pair
from tests.also_right import also_right


@also_right
def one_logarithm(belief_real: float, belief_fake: float) -> Pair:
    return -math.log(belief_real * (1 - belief_fake)), math.log(1 / belief_fake)


@also_right
def through_logits(belief_real: float, belief_fake: float) -> tuple[Tensor, Tensor]:
    real, fake = torch.logit(torch.tensor([belief_real, belief_fake]))
    return softplus(-real) + softplus(fake), softplus(-fake)
