"""Other right answers to 13.marginal_velocity."""

import torch
from torch.distributions import Normal

from tests.also_right import also_right


@also_right
def from_the_data_and_the_point(x, t, weights, means, deviations):
    x = x.double()
    v = (1 - t) ** 2 + (t * deviations.double()) ** 2
    log_p = weights.log() + Normal(t * means.double(), v.sqrt()).log_prob(x[:, None])
    r = torch.exp(log_p - torch.logsumexp(log_p, dim=1, keepdim=True))
    data = means + t * deviations**2 / v * (x[:, None] - t * means)
    return ((r * data).sum(1) - x) / (1 - t)


@also_right
def by_the_score(x, t, weights, means, deviations):
    v = (1 - t) ** 2 + t**2 * deviations**2
    gap = x.unsqueeze(1) - t * means
    r = (weights.log() - 0.5 * v.log() - 0.5 * gap**2 / v).softmax(-1)
    noise = ((1 - t) * gap / v * r).sum(-1)  # E[x0 | x]
    data = ((means + t * deviations**2 * gap / v) * r).sum(-1)
    return data - noise
