"""Other right answers to 14.power_law."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def by_a_matrix(n: Tensor, e: Tensor) -> tuple[float, float]:
    x = n.double().log()
    design = torch.stack([torch.ones_like(x), -x], 1)
    found = torch.linalg.lstsq(design, e.double().log()[:, None]).solution[:, 0]
    return float(found[0].exp()), float(found[1])


@also_right
def by_numpy(n: Tensor, e: Tensor) -> tuple[float, float]:
    import numpy as np

    slope, intercept = np.polyfit(np.log(n.numpy()), np.log(e.numpy()), 1)
    return float(np.exp(intercept)), float(-slope)
