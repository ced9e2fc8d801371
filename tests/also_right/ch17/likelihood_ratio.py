"""Other right answers to 17.likelihood_ratio."""

import torch
from torch.distributions import Normal

from tests.also_right import also_right


@also_right
def with_distributions(score, scores, member):
    nothing = torch.tensor(float("nan"), dtype=scores.dtype)
    logs = []
    for group in (member, ~member):
        kept = torch.where(group, scores, nothing)
        mean = kept.nanmean(0)
        deviation = (kept - mean).square().nanmean().sqrt()
        logs.append(Normal(mean, deviation).log_prob(score))
    return logs[0] - logs[1]


@also_right
def picture_by_picture(score, scores, member):
    means, spread = ([], []), ([], [])
    for i in range(len(score)):
        for side, group in enumerate((member[:, i], ~member[:, i])):
            mine = scores[group, i]
            means[side].append(mine.mean())
            spread[side].append((mine - mine.mean()) ** 2)
    u, v = (torch.cat(part).mean() for part in spread)
    a, b = (torch.stack(part) for part in means)
    gap = (score - b) ** 2 / (2 * v) - (score - a) ** 2 / (2 * u)
    return gap + 0.5 * torch.log(v / u)
