"""Other right answers to 17.robust_average."""

import torch

from tests.also_right import also_right


@also_right
def trimmed_mean(updates, size):
    fine = []
    for update in updates:
        if update is None or tuple(update.shape) != (size,):
            continue
        if torch.isfinite(update).all():
            fine.append(update)
    ordered = torch.stack(fine).sort(dim=0).values
    return ordered[1:-1].mean(dim=0)


@also_right
def without_the_farthest(updates, size):
    fine = [u for u in updates if u is not None and list(u.shape) == [size]]
    fine = [u for u in fine if not (u.isnan().any() or u.isinf().any())]
    stack = torch.stack(fine)
    middle = stack.quantile(0.5, dim=0)
    distance = (stack - middle).norm(dim=1)
    near = distance <= 3 * distance.median()
    return stack[near].mean(0)
