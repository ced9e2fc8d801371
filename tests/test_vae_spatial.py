"""Networks that keep the place of a latent: shapes, reach, and what they refuse."""

import pytest
import torch

from aigc_course import data, training, vae
from aigc_course.errors import CourseError
from aigc_course.vae.spatial import Residual, down, up


def extent(seen):
    """Rows and columns of the smallest box around what is not 0, [28, 28]."""
    return tuple(len(seen.any(axis).nonzero()) for axis in (1, 0))


def reach(blocks):
    """What the middle code depends on, and what it paints: two boxes of pixels."""
    training.seed_everything(0)
    x = torch.rand(1, 1, 28, 28, requires_grad=True)
    down(4, 2, blocks)(x)[0, :, 3, 3].sum().backward()
    code = torch.randn(1, 2, 7, 7)
    other = code.clone()
    other[..., 3, 3] += 1
    painter = up(2, 4, blocks)
    painted = painter(other) - painter(code)
    return extent(x.grad[0, 0] != 0), extent(painted[0, 0] != 0)


def test_without_blocks_a_code_knows_its_patch_alone():
    assert reach(0) == ((10, 10), (18, 18))


def test_each_block_reaches_one_place_further():
    assert reach(1) == ((18, 18), (26, 26))
    assert reach(2) == ((26, 26), (28, 28))


def test_a_block_changes_what_passes_by():
    block, x = Residual(3), torch.randn(2, 3, 7, 7)
    assert torch.equal(block(x), x + block.change(x))
    assert not torch.equal(block(x), x)


def test_latents_lie_channel_by_channel():
    training.seed_everything(0)
    networks = vae.spatial(3, 4, 1)
    x = torch.rand(2, 1, 28, 28)
    maps = networks.encoder.body[0](x)  # [2, 6, 7, 7]
    mean, log_variance = networks.encode(x)
    assert mean.shape == log_variance.shape == (2, networks.latent) == (2, 147)
    assert torch.equal(mean.view(2, 3, 7, 7), maps[:, :3])
    assert torch.equal(log_variance.view(2, 3, 7, 7), maps[:, 3:])
    assert networks.decode(mean).shape == (2, 1, 28, 28)


def test_it_learns():
    training.seed_everything(0)
    model = vae.VAE(vae.spatial(2, 4, 1), lr=5e-3)
    x = data.to_float(data.load("digits").images[:16])
    losses = [float(model.step(x)["loss"]) for _ in range(25)]
    assert losses[-1] < 0.75 * losses[0]


def test_the_recipe_is_a_denoising_vae():
    model = vae.DENOISER.build()
    assert isinstance(model, vae.DenoisingVAE) and model.noise == 0.5
    assert model.beta == 1 and not model.binarised
    assert not model.networks.observation.squashed  # else some seeds stay black
    clean = model.denoise(torch.zeros(2, 1, 28, 28))
    assert clean.shape == (2, 1, 28, 28)


def test_pixels_around_the_outputs_keep_their_gradient():
    x, outputs = torch.zeros(1, 1, 28, 28), torch.full((1, 1, 28, 28), -30.0)
    outputs[..., 0] = 7.0
    outputs.requires_grad_()
    free, squashed = (vae.Gaussian(0.5, squashed=s) for s in (False, True))
    (slope,) = torch.autograd.grad(free.log_prob(x, outputs).sum(), outputs)
    assert torch.allclose(slope, -outputs.detach() / 0.5**2)  # (x - m) / s^2
    (slope,) = torch.autograd.grad(squashed.log_prob(x, outputs).sum(), outputs)
    assert slope.abs().max() < 0.01
    image = free.mean(outputs)
    assert image[..., 0].eq(1).all() and image[..., 1:].eq(0).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: vae.spatial(0), "channels is a whole number from 1"),
        (lambda: vae.spatial(width=0), "width is a whole number from 1"),
        (lambda: vae.spatial(blocks=-1), "blocks is a whole number from 0"),
        (lambda: vae.VQNetworks(blocks=-1), "blocks is a whole number from 0"),
    ],
)
def test_what_makes_no_network_is_refused(call, words):
    with pytest.raises(CourseError, match=words):
        call()
