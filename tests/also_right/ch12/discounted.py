"""Other right answers to 12.discounted."""

import torch

from tests.also_right import also_right


@also_right
def what_is_left_over(counts, lower, D):
    total = float(counts.sum())
    if not total:
        return lower.clone()
    kept = torch.where(counts > 0, counts - D, torch.zeros_like(counts)) / total
    return kept + (1 - kept.sum()) * lower


@also_right
def token_by_token(counts, lower, D):
    s = sum(counts.tolist())
    if s == 0:
        return lower
    u = sum(c > 0 for c in counts.tolist())
    pairs = zip(counts.tolist(), lower.tolist(), strict=True)
    return torch.tensor([max(c - D, 0) / s + D * u / s * low for c, low in pairs])
