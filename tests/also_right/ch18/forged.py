"""Other right answers to 18.forged."""

import numpy as np
import torch

from tests.also_right import also_right


@also_right
def with_numpy(marked, plain, target, strength):
    d = np.mean(marked.numpy(), axis=0) - np.mean(plain.numpy(), axis=0)
    d *= strength / np.sqrt((d**2).mean())
    return np.clip(target.numpy() + d, -1, 1)


@also_right
def by_the_norm(marked, plain, target, strength):
    d = marked.sum(0) / len(marked) - plain.sum(0) / len(plain)
    d = d / d.norm() * d.numel() ** 0.5
    return torch.minimum(
        torch.maximum(target + strength * d, -torch.ones(())), torch.ones(())
    )
