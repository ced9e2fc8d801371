"""Other right answers to 12.nucleus."""

import torch

from tests.also_right import also_right


@also_right
def by_comparing_all_pairs(p, share):
    likelier = p[:, None, :] > p[:, :, None]  # [B, V, V]
    before = (likelier * p[:, None, :]).sum(-1)
    kept = torch.where(before < share, p, 0)
    return kept / kept.sum(-1, keepdim=True)


@also_right
def row_by_row(p, share):
    rows = torch.zeros_like(p)
    for row, values in zip(rows, p, strict=True):
        total = 0.0
        for token in values.argsort(descending=True).tolist():
            if total >= share:
                break
            row[token] = values[token]
            total += float(values[token])
        row /= row.sum()
    return rows
