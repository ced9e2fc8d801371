"""Other right answers to 17.picture_from_gradient."""

import torch

from tests.also_right import also_right


@also_right
def by_least_squares(weight, bias):
    return bias @ weight / (bias @ bias)


@also_right
def median_of_the_ratios(weight, bias):
    alive = bias != 0
    ratios = weight[alive] / bias[alive].unsqueeze(1)
    return torch.quantile(ratios, 0.5, dim=0)
