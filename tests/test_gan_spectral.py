"""Spectral normalisation: largest singular value 1, and a D that stretches nothing."""

from copy import deepcopy
from functools import partial

import pytest
import torch
from torch import nn

from aigc_course import data, gan, training


def settled(network, x, passes=60):
    """After many power iterations the estimate has settled."""
    with torch.no_grad():
        for _ in range(passes):
            network(x)
    return network.eval()


def test_singular_values_are_one():
    training.seed_everything(0)
    D = settled(gan.spectral_norm(gan.PointDiscriminator(width=16)), torch.zeros(1, 2))
    for layer in D.net:
        if isinstance(layer, nn.Linear):
            largest = torch.linalg.matrix_norm(layer.weight.detach(), 2)
            assert float(largest) == pytest.approx(1, abs=1e-3)


def test_d_stretches_no_distance():
    training.seed_everything(0)
    make = partial(gan.PointDiscriminator, width=16)
    plain, normed = make(), make()
    for network in (plain, normed):  # steep at first
        network.net[0].weight.data *= 20
    normed = settled(gan.spectral_norm(normed), torch.zeros(1, 2))
    a, b = torch.randn(2, 500, 2)

    @torch.no_grad()
    def steepest(D):
        return float(((D(a) - D(b)).abs() / (a - b).norm(dim=1, keepdim=True)).max())

    assert steepest(plain) > 1.5
    assert 0.05 < steepest(normed) < 1.001


def test_every_layer_of_weights_is_divided_once():
    D = gan.spectral_norm(gan.spectral_norm(gan.DCGANDiscriminator(width=4)))
    names = [name for name, _ in D.named_parameters() if "original" in name]
    layers = [m for m in D.modules() if isinstance(m, nn.Linear | nn.Conv2d)]
    assert len(names) == len(layers) == 4


def test_a_gan_with_it_learns_and_resumes():
    def fresh():
        training.seed_everything(0)
        D = gan.spectral_norm(gan.PointDiscriminator(width=8))
        return gan.GAN(
            gan.PointGenerator(width=8), D, regularisers=[gan.penalties.r1], lr=1e-2
        )

    model, other = fresh(), fresh()
    for step in range(2):
        model.step(data.toy("ring", 8, seed=step))
    other.load_state_dict(deepcopy(model.state_dict()))
    for network in (model, other):
        torch.manual_seed(1)
        network.step(data.toy("ring", 8, seed=2))
    for key, value in model.discriminator.state_dict().items():
        assert torch.equal(value, other.discriminator.state_dict()[key])
