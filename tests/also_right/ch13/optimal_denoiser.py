"""Other right answers to 13.optimal_denoiser."""

import torch

from tests.also_right import also_right


@also_right
def expanded_square(x, t, data):
    scores = (t * x @ data.T - 0.5 * t**2 * data.square().sum(1)) / (1 - t) ** 2
    return torch.softmax(scores, dim=1) @ data


@also_right
def row_by_row(x, t, data):
    rows = []
    for one in x.double():
        d = (one - t * data).pow(2).sum(1) / (2 * (1 - t) ** 2)
        w = torch.exp(-(d - d.min()))
        rows.append((w[:, None] * data).sum(0) / w.sum())
    return torch.stack(rows)
