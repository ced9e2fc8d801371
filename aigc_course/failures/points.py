"""The points that a trial is trained on."""

import torch
from torch import Tensor

from aigc_course import data

_ring = data.toy_modes("ring")
assert _ring is not None

COUNT = 5000  # points to train on
STD = 0.05  # of a mode

TARGETS = {"ring": _ring, "blob": torch.tensor([[0.8, 0.0]])}
SPREADS = {"ring": STD, "blob": 0.2}


def draw(target: str, n: int, seed: int) -> Tensor:
    """n points [n, 2] of a target: eight small modes on a circle, or one round blob."""
    centres = TARGETS[target]
    seeded = torch.Generator().manual_seed(seed)
    chosen = centres[torch.randint(len(centres), (n,), generator=seeded)]
    return chosen + SPREADS[target] * torch.randn(n, 2, generator=seeded)
