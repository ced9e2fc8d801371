"""Other right answers to 10.slant."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def by_weighted_regression(ink: Tensor) -> Tensor:
    found = []
    for image in ink:
        y, x = image.nonzero(as_tuple=True)
        root = image[y, x].sqrt()
        columns = torch.stack([y.to(ink) * root, root], dim=1)
        fit = torch.linalg.lstsq(columns.double(), (x * root)[:, None].double())
        found.append(-fit.solution[0, 0].to(ink.dtype))
    return torch.stack(found)


@also_right
def by_raw_moments(ink: Tensor) -> Tensor:
    wide = ink.double() / ink.double().sum((1, 2), keepdim=True)
    x, y = (torch.arange(n).double() for n in (ink.shape[2], ink.shape[1]))
    ex, ey = wide.sum(1) @ x, wide.sum(2) @ y
    exy = torch.einsum("nhw,h,w->n", wide, y, x)
    eyy = wide.sum(2) @ y.square()
    return ((ex * ey - exy) / (eyy - ey**2)).to(ink.dtype)
