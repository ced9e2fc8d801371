"""The denoising objective: noise goes in, the clean image is asked for."""

import pytest
import torch

from aigc_course import data, training, vae
from aigc_course.errors import CourseError
from aigc_course.vae import losses


def tiny(noise=0.5, **settings):
    training.seed_everything(0)
    return vae.DenoisingVAE(vae.mlp((64,), 16), noise, **settings)


@pytest.fixture(scope="module")
def images():
    return data.to_float(data.load("digits").images[:256])


def test_the_step_is_the_objective_written_out(images):
    model, x = tiny(beta=0.5), vae.to_unit(images)
    torch.manual_seed(7)
    values = model.step(images)
    oracle = tiny().networks
    torch.manual_seed(7)
    mean, log_variance = oracle.encode(x + 0.5 * torch.randn_like(x))
    z = mean + (log_variance / 2).exp() * torch.randn(1, *mean.shape)
    log_px = losses.bernoulli(x, oracle.decoder(z)).mean()  # of the clean pixels
    kl = losses.kl_standard_normal(mean, log_variance).mean()
    assert torch.isclose(values["reconstruction"], -log_px, rtol=1e-5)
    assert torch.isclose(values["loss"], 0.5 * kl - log_px, rtol=1e-5)


def test_noise_is_new_in_every_batch_and_as_strong_as_asked(images):
    model, x = tiny(0.3), vae.to_unit(images)
    one, two = model.corrupt(x) - x, model.corrupt(x) - x
    assert not torch.equal(one, two) and abs(float(one.mean())) < 0.01
    assert float(one.std()) == pytest.approx(0.3, rel=0.02)
    assert torch.equal(tiny(0.0).corrupt(x), x)


def test_it_removes_noise(images):
    model = tiny(beta=0.0, lr=3e-3)
    steps = data.batches(data.load("digits"), 64)
    training.fit(model, steps, training.Budget(steps=150), progress=False)
    seeded = torch.Generator().manual_seed(1)
    noisy = images + 1.0 * torch.randn(images.shape, generator=seeded)
    clean = model.denoise(noisy)
    assert clean.shape == images.shape and clean.min() >= -1 and clean.max() <= 1
    error = (clean - images).square().mean()
    assert error < 0.2 * (noisy - images).square().mean()
    assert error < 0.8 * (images.mean(0) - images).square().mean()


def test_the_mean_over_latents_is_the_mean_of_their_images(images):
    model, few = tiny(), images[:4]
    found = model.denoise(few, samples=3, generator=torch.Generator().manual_seed(5))
    mean, log_variance = model._encode((few + 1) / 2, None)
    seeded = torch.Generator().manual_seed(5)
    drawn = [
        model.decode(losses.reparameterise(mean, log_variance, generator=seeded))
        for _ in range(3)
    ]
    assert not torch.equal(drawn[0], drawn[1])
    assert torch.allclose(found, sum(drawn) / 3, atol=1e-6)
    assert not torch.allclose(found, model.denoise(few), atol=1e-3)


def test_clean_images_are_encoded_as_ever(images):
    model = tiny()
    assert torch.allclose(model.denoise(images), model.reconstruct(images), atol=1e-6)


def test_what_makes_no_sense_is_refused(images):
    with pytest.raises(CourseError, match="The noise is a number from 0 up"):
        tiny(-1)
    for bad in (images[:, :, 1:], (images * 100).to(torch.uint8), images[0]):
        with pytest.raises(CourseError, match="Noisy images are float"):
            tiny().denoise(bad)
    with pytest.raises(CourseError, match="noisy images contain NaN"):
        tiny().denoise(images * torch.nan)
    with pytest.raises(CourseError, match="samples is a whole number from 0 up"):
        tiny().denoise(images, samples=-1)
