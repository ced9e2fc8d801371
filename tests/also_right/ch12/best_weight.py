"""Other right answers to 12.best_weight."""

import torch
from torch.nn import functional as F

from tests.also_right import also_right


@also_right
def by_cross_entropy(log_p, log_q, targets, weights):
    losses = [F.cross_entropy(w * log_p + (1 - w) * log_q, targets) for w in weights]
    return weights[int(torch.stack(losses).argmin())]


@also_right
def all_weights_at_once(log_p, log_q, targets, weights):
    w = torch.tensor(weights)[:, None, None]
    mixed = log_q + w * (log_p - log_q)
    right = mixed[:, torch.arange(len(targets)), targets]
    return weights[int((right - mixed.logsumexp(-1)).sum(1).argmax())]
