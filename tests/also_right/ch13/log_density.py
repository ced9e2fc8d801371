"""Other right answers to 13.log_density."""

import math

import torch

from tests.also_right import also_right


@also_right
def by_euler(velocity, divergence, x, steps):
    change = torch.zeros(x.shape[0], dtype=x.dtype)
    for t in torch.linspace(1, 0, steps + 1)[:-1].tolist():
        change -= divergence(x, t) / steps
        x = x - velocity(x, t) / steps
    d = x.shape[1]
    return change - 0.5 * (x**2).sum(dim=1) - d / 2 * math.log(2 * math.pi)


@also_right
def by_heun_with_rows_of_times(velocity, divergence, x, steps):
    h = 1 / steps
    t = torch.ones(len(x))
    log_p = 0
    for _ in range(steps):
        a, da = velocity(x, t), divergence(x, t)
        trial = x - h * a
        b, db = velocity(trial, t - h), divergence(trial, t - h)
        x = x - h * (a + b) / 2
        log_p = log_p - h * (da + db) / 2
        t = t - h
    noise = torch.distributions.MultivariateNormal(
        torch.zeros(x.shape[1]), torch.eye(x.shape[1])
    )
    return noise.log_prob(x) + log_p
