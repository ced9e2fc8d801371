"""Other right answers to 14.flipped."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def by_scatter(labels: Tensor, rows: Tensor, steps: Tensor, classes: int) -> Tensor:
    return labels.scatter_add(0, rows, steps).remainder(classes)


@also_right
def one_by_one(labels: Tensor, rows: Tensor, steps: Tensor, classes: int) -> Tensor:
    wrong = labels.tolist()
    for row, step in zip(rows.tolist(), steps.tolist(), strict=True):
        wrong[row] = (wrong[row] + step) % classes
    return torch.tensor(wrong)
