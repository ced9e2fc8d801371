"""Other right answers to 15.best_answer."""

import torch
from torch import Tensor

from tests.also_right import also_right


@also_right
def by_trying_all(answers: Tensor, w: Tensor, power: int) -> Tensor:
    if power == 2:
        return (w[:, None] * answers).sum(0)
    gaps = (answers[:, None] - answers[None]).abs()  # [M, candidates, D]
    best = torch.einsum("m,mcd->cd", w, gaps).argmin(0)
    return answers.gather(0, best[None])[0]


@also_right
def pixel_by_pixel(answers: Tensor, w: Tensor, power: int) -> Tensor:
    found = []
    for y in answers.T:
        if power == 2:
            found.append((w * y).sum())
            continue
        total = 0.0
        for value, weight in sorted(zip(y.tolist(), w.tolist(), strict=True)):
            total += weight
            if total >= 0.5:
                found.append(torch.tensor(value, dtype=answers.dtype))
                break
    return torch.stack(found)
