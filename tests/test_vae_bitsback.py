"""Bits-back coding: exact, and as long as -ELBO says."""

import math

import pytest
import torch

from aigc_course import data, training, vae
from aigc_course.errors import CourseError
from aigc_course.vae import bitsback, coding, losses


def trained(**settings):
    training.seed_everything(0)
    model = vae.VAE(vae.mlp((32,), 4), lr=5e-3, binarised=True, **settings)
    steps = data.batches(data.load("digits"), 64)
    training.fit(model, steps, training.Budget(steps=150), progress=False)
    return model


@pytest.fixture(scope="module")
def model():
    return trained()


@pytest.fixture(scope="module")
def images():
    grey = data.to_float(data.load("digits", "test").images[:60])
    pixels = vae.binarise(vae.to_unit(grey), torch.Generator().manual_seed(0))
    return vae.to_signed(pixels)


@pytest.fixture(scope="module")
def coded(model, images):
    """Bits of the message with no image, with all of them, and after their decoding."""
    coder, message = vae.BitsBack(model), bitsback.first_bits()
    first = message.to_bytes()
    for image in images:
        coder.push(message, image)
    full = message.to_bytes()
    again = coding.Message(full)
    found = [coder.pop(again) for _ in images]
    return first, full, torch.stack(found[::-1]), again.to_bytes()


def test_images_and_first_bits_come_back(images, coded):
    first, _, found, last = coded
    assert torch.equal(found, images)
    assert first == last and len(first) == 1000 + coding.HEAD


@torch.no_grad()
def elbo(model, images, samples=200):
    """Mean ELBO over the images, in nats, and the spread of one term of it."""
    networks, x = model.trained(), vae.to_unit(images)
    mean, log_variance = networks.encode(x)
    generator = torch.Generator().manual_seed(0)
    z = losses.reparameterise(mean, log_variance, samples, generator)  # [k, N, latent]
    terms = networks.log_likelihood(x, z) - losses.kl_monte_carlo(z, mean, log_variance)
    return float(terms.mean()), float(terms.std(0).mean())


def test_the_net_length_is_minus_elbo(model, images, coded):
    first, full, *_ = coded
    nats = 8 * (len(full) - len(first)) / len(images) * math.log(2)
    expected, spread = elbo(model, images)
    # one latent per image: 4 standard errors; rounding to bins and frequencies: 0.5 %
    slack = 4 * spread / math.sqrt(len(images)) + 0.005 * abs(expected)
    assert abs(nats + expected) < slack < 0.05 * nats
    # without bits back the latents alone would have cost this much more
    assert 4 * math.log(1024) > 5 * slack


def test_the_posterior_is_the_normals_over_intervals_of_equal_prior(model, images):
    coder, x = vae.BitsBack(model, 64), vae.to_unit(images[:1]).double()
    q = coder.posterior(x).double() / coding.TOTAL  # [4, 64]
    mean, log_variance = coder.networks.encode(x)
    z = mean + (log_variance / 2).exp() * torch.randn(
        200_000, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64
    )
    drawn = (64 * torch.special.ndtr(z)).long()  # intervals of equal prior mass
    for j in range(4):
        shares = torch.bincount(drawn[:, j], minlength=64) / len(z)
        assert float((shares - q[j]).abs().max()) < 0.006
    assert int(coder.uniform().sum()) == coding.TOTAL
    # each interval's middle halves its prior mass
    masses = torch.special.ndtr(coder.middles)
    assert torch.allclose(masses, (torch.arange(64).double() + 0.5) / 64)


def test_more_bins_cost_nothing_and_few_cost_precision(model, images):
    def net(bins):
        coder, message = vae.BitsBack(model, bins), bitsback.first_bits(200)
        before = len(message)
        for image in images[:20]:
            coder.push(message, image)
        return len(message) - before

    few, some, many = net(2), net(256), net(4096)
    assert abs(many - some) < 0.06 * some and few > 1.1 * some


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda c, m, x: c.push(coding.Message(), x), "begin with more"),
        (lambda c, m, x: c.push(m, x[0]), r"\[1, 28, 28\]"),
        (lambda c, m, x: c.push(m, x / 2), "-1 or 1"),
        (lambda c, m, x: c.push(m, 3 * x), r"\[-1, 1\]"),
    ],
)
def test_what_cannot_be_pushed_leaves_the_message_as_it_was(model, images, call, words):
    coder, message = vae.BitsBack(model), bitsback.first_bits(50)
    before = message.to_bytes()
    with pytest.raises(CourseError, match=words):
        call(coder, message, images[0])
    assert message.to_bytes() == before


def test_a_message_too_short_is_given_back_whole(model, images):
    coder, message = vae.BitsBack(model), bitsback.first_bits(1)
    before = message.to_bytes()
    with pytest.raises(CourseError, match="begin with more"):
        for image in images:
            before = message.to_bytes()
            coder.push(message, image)
    assert message.to_bytes() == before


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda m: vae.BitsBack(m, 100), "bins is 2, 4"),
        (lambda m: vae.BitsBack(m, 1), "from 2 up"),
        (lambda m: vae.BitsBack(vae.VAE(vae.mlp((4,), 2, 10))), "unconditional"),
        (
            lambda m: vae.BitsBack(vae.VAE(vae.mlp((4,), 2, likelihood="gaussian"))),
            "Bernoulli",
        ),
        (lambda m: bitsback.first_bits(0), "from 1 up"),
    ],
)
def test_other_models_and_bins_are_refused(model, make, words):
    with pytest.raises(CourseError, match=words):
        make(model)
