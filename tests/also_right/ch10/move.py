"""Other right answers to 10.move."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def by_a_constant_column(z: Tensor, values: Tensor, change: float) -> Tensor:
    columns = torch.cat([torch.ones(len(z), 1, dtype=z.dtype), z], dim=1)
    w = (torch.linalg.pinv(columns) @ values)[1:]
    return z + w[None] * (change / torch.dot(w, w))


@also_right
def by_normal_equations(z: Tensor, values: Tensor, change: float) -> Tensor:
    wide, a = z.double(), values.double()
    joint = torch.cov(torch.cat([wide, a[:, None]], dim=1).T)
    w = torch.linalg.solve(joint[:-1, :-1], joint[:-1, -1])
    unit = w / w.norm()
    return (wide + change / w.norm() * unit).to(z.dtype)
