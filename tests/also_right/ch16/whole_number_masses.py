"""Other right answers to 16.whole_number_masses."""

import torch

from tests.also_right import also_right


@also_right
def ends_corrected(centre, scale, low, high):
    x = torch.arange(low, high + 1).float()
    upper = torch.sigmoid((x + 0.5 - centre) / scale)
    lower = torch.sigmoid((x - 0.5 - centre) / scale)
    upper[-1], lower[0] = 1.0, 0.0
    return upper - lower


@also_right
def with_tanh(centre, scale, low, high):
    edges = torch.arange(low + 0.5, high, dtype=torch.float64)
    below = (1 + torch.tanh((edges - centre) / (2 * scale))) / 2
    ends = torch.tensor([0.0, 1.0], dtype=torch.float64)
    return torch.cat([ends[:1], below, ends[1:]]).diff().float()
