"""A VAE in use: samples, reconstructions, labels, averaged weights, log p."""

import pytest
import torch
from tiny_vae import pictures, tiny, weights


@pytest.fixture
def images():
    return pictures()


def test_sampling_is_seeded_and_leaves_training_as_it_was(images):
    model = tiny()
    model.step(images)
    before, state = weights(model), torch.get_rng_state()
    one, two = (model.sample(7, torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(one, two) and one.shape == (7, 1, 28, 28)
    assert one.dtype == torch.float32 and one.min() >= -1 and one.max() <= 1
    assert all(map(torch.equal, before, weights(model))) and model.networks.training
    assert torch.equal(state, torch.get_rng_state())


def test_samples_are_the_decoders_mean_on_the_course_range():
    model = tiny()
    z = torch.randn(4, 3, generator=torch.Generator().manual_seed(5))
    expected = 2 * model.networks.decoder(0.5 * z).sigmoid() - 1
    found = model.sample(4, torch.Generator().manual_seed(5), temperature=0.5)
    assert torch.allclose(found, expected, atol=1e-6)
    coldest = model.sample(4, temperature=0)
    assert torch.equal(coldest[0], coldest[3])


def test_labels_steer_samples():
    model = tiny(classes=4)
    asked = torch.tensor([3, 3, 0])
    found = model.sample(3, torch.Generator().manual_seed(1), labels=asked)
    z = torch.randn(3, 3, generator=torch.Generator().manual_seed(1))
    drawn = 2 * model.networks.decode(z, asked) - 1  # past the learner's own decode
    assert torch.allclose(found, drawn, atol=1e-6)
    assert (found[1] - 2 * model.networks.decode(z, asked - asked)[1] + 1).any()
    in_turn = model.sample(3, torch.Generator().manual_seed(1))
    assert torch.equal(in_turn, model.decode(z, torch.tensor([0, 1, 2])))


def test_reconstructions_go_through_the_posterior_mean(images):
    model = tiny()
    mean, log_variance = model.encode(images)
    assert mean.shape == log_variance.shape == (8, 3) and not mean.requires_grad
    assert torch.equal(model.reconstruct(images), model.decode(mean))
    assert torch.allclose(mean, model.networks.encoder((images + 1) / 2)[0], atol=1e-6)


def test_chunks_make_no_difference(images, monkeypatch):
    model, labels = tiny(classes=10), torch.arange(8)
    whole = model.encode(images, labels)[0], model.reconstruct(images, labels)
    monkeypatch.setattr("aigc_course.vae.learner.CHUNK", 3)
    parts = model.encode(images, labels)[0], model.reconstruct(images, labels)
    for one, two in zip(whole, parts, strict=True):
        assert torch.allclose(one, two, atol=1e-6)


def test_averaged_weights_are_the_ones_used(images):
    model = tiny(ema=100, lr=0.1)
    start = weights(model)
    for _ in range(3):
        model.step(images)
    z = torch.randn(2, 3, generator=torch.Generator().manual_seed(0))
    average = model.descent.ema.network(model.networks)
    assert not any(map(torch.equal, start, average.parameters()))  # it has moved
    assert torch.allclose(model.decode(z), 2 * average.decode(z) - 1, atol=1e-6)
    last = 2 * model.networks.decode(z) - 1
    assert (model.decode(z) - last).abs().max() > 1e-3


def test_log_p_is_above_the_elbo_and_says_how_sure_it_is(images):
    model, seeded = tiny(), torch.Generator().manual_seed(0)
    found = model.log_p(images, 400, generator=seeded)
    bound = -float(model.step(images)["loss"])
    assert found.log_p.shape == (8,) and found.samples == 400
    assert found.mean > bound and found.error < 1
    grey = tiny(classes=10, likelihood="gaussian")
    labels = torch.arange(8)
    assert grey.log_p(images, 10, labels).log_p.isfinite().all()
