"""Shapes, ranges and sizes of the networks."""

import pytest
import torch
from torch import nn

from aigc_course import gan
from aigc_course.errors import CourseError
from aigc_course.gan.networks import Dropout

GENERATORS = {
    "mlp": gan.MLPGenerator,
    "reference": lambda: gan.DCGANGenerator("reference"),
    "fast": gan.DCGANGenerator,
}
DISCRIMINATORS = {
    "mlp": gan.MLPDiscriminator,
    "reference": lambda: gan.DCGANDiscriminator("reference"),
    "fast": gan.DCGANDiscriminator,
}


@pytest.mark.parametrize("name", GENERATORS)
def test_generators_draw_images_in_tanh_range(name):
    network = GENERATORS[name]()
    images = network(network.latents(5))
    assert images.shape == (5, 1, 28, 28)
    assert images.abs().max() <= 1 and images.std() > 0


@pytest.mark.parametrize("name", DISCRIMINATORS)
def test_discriminators_give_one_logit_an_image(name):
    logits = DISCRIMINATORS[name]()(torch.rand(5, 1, 28, 28) * 2 - 1)
    assert logits.shape == (5, 1)
    # logits, not probabilities: no sigmoid at the end
    assert not any(isinstance(m, nn.Sigmoid) for m in DISCRIMINATORS[name]().modules())


def conv_channels(network, kind):
    return [m.out_channels for m in network.modules() if isinstance(m, kind)]


def test_reference_is_the_classic_net():
    generator = gan.DCGANGenerator("reference")
    assert generator.net[0].out_features == 7 * 7 * 256
    assert conv_channels(generator, nn.ConvTranspose2d) == [128, 64, 1]
    discriminator = gan.DCGANDiscriminator("reference")
    assert conv_channels(discriminator, nn.Conv2d) == [64, 128]
    kernels = {m.kernel_size for m in generator.modules() if hasattr(m, "kernel_size")}
    assert kernels == {(5, 5)}


def test_mlp_has_the_classic_widths():
    def widths(network):
        return [m.out_features for m in network.modules() if isinstance(m, nn.Linear)]

    assert widths(gan.MLPGenerator()) == [128, 256, 512, 1024, 784]
    assert widths(gan.MLPDiscriminator()) == [1024, 512, 256, 128, 1]


def test_latents_are_the_same_for_the_same_seed():
    network = gan.DCGANGenerator()
    one, two = (network.latents(3, torch.Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(one, two)
    assert not torch.equal(one, network.latents(3, torch.Generator().manual_seed(2)))


@pytest.mark.parametrize("network", [gan.DCGANGenerator, gan.DCGANDiscriminator])
def test_an_unknown_preset_is_refused(network):
    with pytest.raises(CourseError, match="fast, reference"):
        network("slow")


def test_an_unknown_recipe_is_refused():
    with pytest.raises(CourseError, match="dcgan fast"):
        gan.build("vae")


def test_bfloat16_stays_inside_the_networks():
    generator, discriminator = gan.DCGANGenerator(), gan.DCGANDiscriminator()
    with torch.autocast("cpu", torch.bfloat16):
        hidden = generator.net[0](generator.latents(4))
        images = generator(generator.latents(4))
        logits = discriminator(images)
    assert hidden.dtype == torch.bfloat16
    assert images.dtype == logits.dtype == torch.float32


def test_dropout_drops_its_share_and_keeps_the_mean():
    torch.manual_seed(0)
    x = torch.full((200, 500), 2.0, requires_grad=True)
    layer = Dropout(0.3)
    y = layer(x)
    dropped = (y == 0).float().mean()
    # standard error of a share over 100,000 values: 0.0015
    assert abs(dropped - 0.3) < 0.006
    assert torch.allclose(y[y != 0], torch.tensor(2 / 0.7))
    y.sum().backward()
    assert torch.equal(x.grad == 0, y == 0)
    assert layer.eval()(x) is x
