"""Other right answers to 15.inversion_loss."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def by_a_mask(
    picture: Tensor, x: Tensor, hidden: Tensor, z: Tensor, weight: float
) -> Tensor:
    known = (~hidden).float()
    errors = (((picture - x) * known) ** 2).sum((1, 2, 3)) / known.sum()
    return errors + weight * (z * z).sum(1) / z.shape[1]


@also_right
def picture_by_picture(
    picture: Tensor, x: Tensor, hidden: Tensor, z: Tensor, weight: float
) -> Tensor:
    one = torch.nn.functional.mse_loss
    parts = zip(picture, x, z, strict=True)
    return torch.stack(
        [
            one(p[0][~hidden], q[0][~hidden]) + weight * (c @ c) / len(c)
            for p, q, c in parts
        ]
    )
