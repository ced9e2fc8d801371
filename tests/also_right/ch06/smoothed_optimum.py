"""Other right answers to 06.smoothed_optimum."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def mean_of_labels(p: Tensor, q: Tensor, real_target: float, fake_target: float):
    real = p / (p + q)  # the share of real samples at this place
    return fake_target + (real_target - fake_target) * real


@also_right
def through_odds(p: Tensor, q: Tensor, real_target: float, fake_target: float):
    yes = real_target * p + fake_target * q
    no = (1 - real_target) * p + (1 - fake_target) * q
    return torch.sigmoid(torch.log(yes) - torch.log(no))
