"""Other right answers to 19.quantise."""

import numpy as np
import torch

from tests.also_right import also_right


@also_right
def with_numpy(x, low, high):
    scale = (high - low) / 255
    zero = int(np.rint(-128 - low / scale))
    levels = np.rint(x.numpy() / scale) + zero
    return torch.from_numpy(np.clip(levels, -128, 127).astype(np.int8)), scale, zero


@also_right
def by_torch(x, low, high):
    s = (high - low) / 255
    z = int(torch.tensor(-128 - low / s).round())
    q = torch.quantize_per_tensor(x.float(), s, z, torch.qint8).int_repr()
    return q, s, z
