"""Other right answers to 15.advantage."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def threshold_by_threshold(members: Tensor, strangers: Tensor) -> float:
    best = 0.0
    for t in (*members.tolist(), *strangers.tolist()):
        caught = float((members >= t).sum()) / len(members)
        best = max(best, caught - float((strangers >= t).sum()) / len(strangers))
    return best


@also_right
def by_sorting(members: Tensor, strangers: Tensor) -> float:
    t = torch.cat([members, strangers]).unique()
    below = [
        torch.searchsorted(s.sort().values, t) / len(s) for s in (members, strangers)
    ]
    return float((below[1].double() - below[0].double()).max().clamp(min=0))
