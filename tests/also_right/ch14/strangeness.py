"""Other right answers to 14.strangeness."""

import torch

from tests.also_right import also_right


@also_right
def sorted_rows(features, k):
    gaps = (features[:, None] - features[None]).square().sum(2).sqrt()
    return gaps.sort(dim=1).values[:, k]  # place 0 is the picture itself


@also_right
def one_row_at_a_time(features, k):
    found = []
    for i, row in enumerate(features):
        others = torch.cat([features[:i], features[i + 1 :]])
        found.append((others - row).norm(dim=1).topk(k, largest=False).values[-1])
    return torch.stack(found)
