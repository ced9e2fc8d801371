"""A tiny VAE, images for it, and its weights."""

import torch

from aigc_course import training, vae


def tiny(classes=0, likelihood="bernoulli", **settings):
    training.seed_everything(0)
    return vae.VAE(vae.mlp((16,), 3, classes, likelihood), **settings)


def pictures():
    seeded = torch.Generator().manual_seed(3)
    return torch.rand(8, 1, 28, 28, generator=seeded) * 2 - 1


def weights(model):
    return [p.detach().clone() for p in model.networks.parameters()]
