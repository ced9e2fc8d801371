"""Other right answers to 20.expected_change."""

import torch

from tests.also_right import also_right


@also_right
def by_one_vector(gradients, lr):
    flat = torch.cat([g.reshape(-1) for g in gradients if g is not None])
    return -lr * torch.dot(flat, flat)


@also_right
def by_a_loop(gradients, lr):
    change = 0.0
    for g in gradients:
        if g is None:
            continue
        movement = -lr * g
        change = change + float((g * movement).sum())
    return change
