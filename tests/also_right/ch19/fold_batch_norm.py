"""Other right answers to 19.fold_batch_norm."""

import torch
from torch.nn import functional as F

from tests.also_right import also_right


@also_right
def by_asking_the_norm(weight, bias, norm):
    channels = weight.shape[1]
    probe = torch.stack([torch.zeros(channels), torch.ones(channels)])[..., None, None]
    zero, one = norm(probe).flatten(1)
    own = torch.zeros(channels) if bias is None else bias
    return weight * (one - zero).view(1, -1, 1, 1), zero + (one - zero) * own


@also_right
def by_einsum(weight, bias, norm):
    mean, var = norm.running_mean, norm.running_var
    r = norm.weight * torch.rsqrt(var + norm.eps)
    shift = -mean if bias is None else bias - mean
    scaled = torch.einsum("iokl,o->iokl", weight, r)
    return scaled, torch.addcmul(norm.bias, r, shift)


@also_right
def by_functional_norm(weight, bias, norm):
    own = torch.zeros(weight.shape[1]) if bias is None else bias

    def normed(x):
        shape = [norm.running_mean, norm.running_var, norm.weight, norm.bias]
        return F.batch_norm(x, *shape, training=False, eps=norm.eps)

    shift = normed(own[None])[0]
    scaled = normed(weight) - normed(torch.zeros_like(weight))
    return scaled, shift
