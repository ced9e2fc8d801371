"""Other right answers to 08.step."""

import torch
from torch.distributions import Bernoulli, Normal, kl_divergence
from torch.nn import functional as F

from tests.also_right import also_right


@also_right
def with_distributions(encode, decode, optimizer, x, e):
    optimizer.zero_grad(set_to_none=True)
    mean, log_variance = encode(x)
    sigma = torch.exp(0.5 * log_variance)
    q, p = Normal(mean, sigma), Normal(torch.zeros_like(mean), torch.ones_like(mean))
    logits = decode(mean + sigma * e)
    rec = -Bernoulli(logits=logits).log_prob(x).sum((1, 2, 3)).mean()
    divergence = kl_divergence(q, p).sum(-1).mean()
    loss = rec + divergence
    loss.backward()
    optimizer.step()
    return rec.item(), divergence.item()


@also_right
def the_textbook_sums_over_n(encode, decode, optimizer, x, e):
    mu, logvar = encode(x)
    z = mu + e * logvar.mul(0.5).exp()
    bce = F.binary_cross_entropy_with_logits(decode(z), x, reduction="sum")
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    for group in optimizer.param_groups:
        for weight in group["params"]:
            weight.grad = None
    ((bce + kld) / x.shape[0]).backward()
    optimizer.step()
    return [bce.detach() / len(x), kld.detach() / len(x)]
