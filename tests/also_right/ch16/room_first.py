"""Other right answers to 16.room_first."""

import numpy as np
import torch

from tests.also_right import also_right


@also_right
def with_lists(level):
    flat = level.flatten().tolist()
    ground = [{0: 0, 1: 1, 2: 2, 3: 0, 4: 2, 5: 0, 6: 2}[code] for code in flat]
    boxes = [3 + i for i, code in enumerate(flat) if code in (3, 4)]
    return torch.tensor(ground + boxes + [3 + i for i, c in enumerate(flat) if c > 4])


@also_right
def by_masks(level):
    level = np.asarray(level)
    ground = np.zeros_like(level)
    ground[level == 1] = 1
    ground[np.isin(level, (2, 4, 6))] = 2
    (boxes,) = np.nonzero(np.isin(level.ravel(), (3, 4)))
    (player,) = np.nonzero(level.ravel() >= 5)
    return np.concatenate([ground.ravel(), 3 + boxes, 3 + player])
