"""Other right answers to 17.masked_update."""

import numpy as np
import torch

from tests.also_right import also_right


@also_right
def in_unsigned_numbers(k, update, masks):
    total = update.numpy().astype(np.uint32)
    for j in masks:
        mask = masks[j].numpy().astype(np.uint32)
        total = total + mask if j > k else total - mask  # wraps around by itself
    return torch.from_numpy(total.astype(np.int64))


@also_right
def reduced_at_every_step(k, update, masks):
    y = update % 2**32
    for j in sorted(masks):
        sign = 1 if j > k else -1
        y = torch.remainder(y + sign * masks[j], 2**32)
    return y
