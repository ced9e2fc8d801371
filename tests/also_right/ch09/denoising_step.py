"""Other right answers to 09.denoising_step."""

import torch
from torch.distributions import Normal, kl_divergence

from aigc_course.vae import losses
from tests.also_right import also_right


@also_right
def with_the_courses_losses(encode, decode, optimizer, x, noise, e, beta):
    optimizer.zero_grad()
    mean, log_variance = encode(x + noise)
    z = mean + torch.exp(0.5 * log_variance) * e
    loss = -losses.bernoulli(x, decode(z)).mean()
    loss = loss + beta * losses.kl_standard_normal(mean, log_variance).mean()
    loss.backward()
    optimizer.step()
    return loss.item()


@also_right
def with_distributions(encode, decode, optimizer, x, noise, e, beta):
    noisy = torch.add(x, noise)
    mu, logvar = encode(noisy)
    q = Normal(mu, logvar.mul(0.5).exp())
    logits = decode(q.loc + q.scale * e)
    each = torch.nn.functional.softplus(logits) - x * logits
    fit = each.sum(dim=(1, 2, 3))
    cost = kl_divergence(q, Normal(torch.zeros_like(mu), 1.0)).sum(1)
    loss = torch.mean(fit + beta * cost)
    for group in optimizer.param_groups:
        for weight in group["params"]:
            weight.grad = None
    loss.backward()
    optimizer.step()
    return loss.detach()
