"""Packs: who is in them, the widened first layer, and what is refused."""

from functools import partial

import pytest
import torch

from aigc_course import data, gan, training
from aigc_course.errors import CourseError


def test_a_pack_is_consecutive_samples_side_by_side():
    training.seed_everything(0)
    D, x = gan.PointDiscriminator(6), torch.randn(12, 2)
    logits = gan.Packed(D, pack=3)(x)
    assert logits.shape == (4, 1)
    assert torch.allclose(logits[1:2], D(torch.cat([x[3], x[4], x[5]])[None]))


def test_images_are_packed_as_channels():
    training.seed_everything(0)
    D, x = gan.DCGANDiscriminator(width=4, channels=2).eval(), torch.randn(6, 1, 28, 28)
    logits = gan.Packed(D, pack=2)(x)
    beside = torch.cat([x[0::2], x[1::2]], dim=1)  # [3, 2, 28, 28]
    assert torch.allclose(logits, D(beside), atol=1e-6)


def test_a_pack_of_one_is_plain():
    D, x = gan.PointDiscriminator(), torch.randn(5, 2)
    assert torch.equal(gan.Packed(D, pack=1)(x), D(x))


MAKE = {
    "points": (gan.PointDiscriminator, (2,)),
    "mlp": (gan.MLPDiscriminator, (1, 28, 28)),
    "dcgan": (partial(gan.DCGANDiscriminator, width=4), (1, 28, 28)),
}


@pytest.mark.parametrize("name", MAKE)
@pytest.mark.parametrize("pack", [2, 3])
def test_widening_changes_the_first_layer_alone(name, pack):
    make, shape = MAKE[name]
    D, plain = gan.Packed.widened(make, pack), make()
    assert D(torch.randn(12, *shape)).shape == (12 // pack, 1)
    pairs = list(zip(D.parameters(), plain.parameters(), strict=True))
    assert [a.shape == b.shape for a, b in pairs] == [False] + [True] * (len(pairs) - 1)
    assert pairs[0][0].numel() == pack * pairs[0][1].numel()


def test_widened_weights_give_hidden_values_the_old_spread():
    training.seed_everything(0)
    make = partial(gan.PointDiscriminator, width=4000)
    wide = gan.Packed.widened(make, 4).net.net[0].weight.detach()
    plain = make().net[0].weight.detach()
    # the variance of W x over unit-variance inputs is the mean square times the inputs
    ratio = wide.square().sum(1).mean() / plain.square().sum(1).mean()
    assert float(ratio) == pytest.approx(1, abs=0.05)  # 8000 weights: 1.4 % error
    # no two samples of a pack are looked at with the same weights
    assert not torch.allclose(wide[:, :2], wide[:, 2:4])


def test_a_gan_learns_from_packs_and_resumes():
    def fresh():
        training.seed_everything(0)
        D = gan.Packed.widened(partial(gan.PointDiscriminator, width=8))
        return gan.GAN(gan.PointGenerator(width=8), D, loss="relativistic")

    model, other = fresh(), fresh()
    before = model.discriminator.net.net[0].weight.detach().clone()
    values = model.step(data.toy("ring", 8))
    assert all(value.isfinite() for value in values.values())
    assert not torch.equal(before, model.discriminator.net.net[0].weight)
    other.load_state_dict(model.state_dict())
    x = data.toy("ring", 8, seed=1)
    assert torch.equal(model.discriminator(x), other.discriminator(x))


def packed_conv():
    return gan.Packed(gan.DCGANDiscriminator(width=4, channels=4), 2)


REFUSED = {
    "3 samples do not make whole packs of 2": lambda: gan.Packed(
        gan.PointDiscriminator(4)
    )(torch.zeros(3, 2)),
    "has 4 features, but this D takes 2": lambda: gan.Packed(gan.PointDiscriminator())(
        torch.zeros(4, 2)
    ),
    "has 2 channels, but this D takes 4": lambda: packed_conv()(
        torch.zeros(4, 1, 28, 28)
    ),
    "takes 2 features or channels, which 3": lambda: gan.Packed(
        gan.PointDiscriminator(), 3
    ),
    "at least one sample, not 0": lambda: gan.Packed.widened(gan.PointDiscriminator, 0),
    "fully connected or convolutional": lambda: gan.Packed(gan.Discriminator([])),
    "normalise its weights afterwards": lambda: gan.Packed.widened(
        lambda: gan.spectral_norm(gan.PointDiscriminator())
    ),
}


@pytest.mark.parametrize("message", REFUSED)
def test_packs_that_do_not_fit_are_refused(message):
    with pytest.raises(CourseError, match=message):
        REFUSED[message]()


def test_packing_comes_before_spectral_normalisation():
    D = gan.spectral_norm(gan.Packed.widened(gan.PointDiscriminator))
    assert D(torch.zeros(4, 2)).shape == (2, 1)
