"""Other right answers to 07.precision_recall."""

import torch
from torch import Tensor, cdist

from aigc_course.exercises.ch07.precision_recall import Shares
from tests.also_right import also_right


@also_right
def by_masking_the_diagonal(real: Tensor, fake: Tensor, k: int) -> Shares:
    def radius(x: Tensor) -> Tensor:
        table = cdist(x, x)
        return table.fill_diagonal_(torch.inf).topk(k, largest=False).values[:, -1]

    def share(of: Tensor, balls: Tensor) -> float:
        inside = cdist(of, balls) <= radius(balls)
        return inside.any(dim=1).double().mean().item()

    return share(fake, real), share(real, fake)


@also_right
def in_plain_python(real: Tensor, fake: Tensor, k: int) -> Shares:
    def share(points: Tensor, balls: Tensor) -> float:
        own, hits = cdist(balls, balls).tolist(), 0
        radius = [sorted(row)[k] for row in own]
        for row in cdist(points, balls).tolist():
            hits += any(gap <= r for gap, r in zip(row, radius, strict=True))
        return hits / len(points)

    return share(fake, real), share(real, fake)
