"""Second stages model the latents that the encoder gives, and leave it as it was."""

from copy import deepcopy

import pytest
import torch

from aigc_course import data, training, vae
from aigc_course.errors import CourseError
from aigc_course.training import Sampler, Trainable
from aigc_course.vae import second


class Crescent:
    """A first stage whose latents are known: z2 = z1^2 / 2, of an image's first pixel.

    No normal fits them, and N(0, I) least of all.
    """

    latent, classes = 2, 0

    def __init__(self):
        self.networks, self.log_variance = self, torch.zeros(1)

    def trained(self):
        return self

    def parameters(self):
        return iter([self.log_variance])

    def encode(self, images):
        z1 = images[:, 0, 0, 0] * 4 - 2  # as `second` shows pixels in [0, 1]
        z = torch.stack([z1, z1.square() / 2], 1)
        return z, torch.full_like(z, -9.0)


def pixels(n, seed=0):
    images = torch.zeros(n, 1, 28, 28)
    images[:, 0, 0, 0] = torch.rand(n, generator=torch.Generator().manual_seed(seed))
    return images


def off_the_crescent(z):
    return float((z[:, 1] - z[:, 0].square() / 2).abs().mean())


def seeded(seed=5):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def first():
    training.seed_everything(0)
    model = vae.VAE(vae.mlp((16,), 3))
    steps = data.batches(data.load("digits"), 64)
    training.fit(model, steps, training.Budget(steps=30), progress=False)
    return model


@pytest.fixture(scope="module")
def images():
    return data.to_float(data.load("digits").images[:300])


def test_a_mixture_lies_where_the_latents_do():
    stage = vae.MixturePrior(Crescent(), pixels(600), 8)
    z = stage.latents(2000, seeded())
    normal = torch.randn(2000, 2, generator=seeded())
    assert off_the_crescent(z) < 0.12 < 0.6 < off_the_crescent(normal)
    assert off_the_crescent(z) < off_the_crescent(
        vae.MixturePrior(Crescent(), pixels(600), 1).latents(2000, seeded())
    )
    assert abs(float(z[:, 0].mean())) < 0.1 and float(z[:, 0].std()) > 1.0


def test_a_latent_vae_learns_where_the_latents_lie():
    training.seed_everything(0)
    stage = vae.LatentVAE(Crescent(), width=64, lr=1e-2, ema=5_000)
    assert isinstance(stage, Trainable) and isinstance(stage, Sampler)
    assert stage.latents(1000, seeded())[:, 0].std() < 0.6  # has learnt nothing
    for i in range(400):
        stage.anneal(i / 400)
        values = stage.step(2 * pixels(128, seed=i) - 1)
    z = stage.latents(1000, seeded())
    assert off_the_crescent(z) < 0.45 and 0.9 < z[:, 0].std() < 1.4  # exact: 0, 1.15
    assert list(values) == ["loss", "reconstruction", "KL", "s"]
    assert torch.isclose(values["loss"], values["reconstruction"] + values["KL"])


def stages(first, images):
    return vae.MixturePrior(first, images, 3), vae.LatentVAE(first, width=8)


def test_samples_go_through_the_first_stages_decoder(first, images):
    state = torch.get_rng_state()
    for stage in stages(first, images):
        found = stage.sample(4, seeded())
        assert found.shape == (4, 1, 28, 28)
        assert torch.equal(found, first.decode(stage.latents(4, seeded())))
        assert torch.equal(found, stage.sample(4, seeded()))
        assert not torch.equal(found, stage.sample(4, seeded(6)))
    torch.set_rng_state(state)


def test_temperature_zero_draws_the_middles(first, images):
    mixture, latent = stages(first, images)
    cold = mixture.latents(50, seeded(), temperature=0)
    apart = torch.cdist(cold.double(), mixture.means).amin(1)
    assert float(apart.max()) < 1e-5
    cold = latent.latents(5, seeded(), temperature=0)
    assert torch.equal(cold[0], cold[4])


def test_the_first_stage_is_left_as_it_is(first, images):
    before = [p.detach().clone() for p in first.networks.parameters()]
    for stage in stages(first, images):
        if isinstance(stage, vae.LatentVAE):
            stage.step(images[:32])
        stage.sample(2)
    assert all(map(torch.equal, before, first.networks.parameters()))
    assert first.networks.training


def test_the_second_stage_goes_on_where_it_stopped(first, images):
    one, two = vae.LatentVAE(first, width=8), vae.LatentVAE(first, width=8)
    one.step(images[:32])
    two.load_state_dict(deepcopy(one.state_dict()))
    for stage in (one, two):
        torch.manual_seed(1)
        stage.step(images[:32])
    assert torch.equal(one.sample(2, seeded()), two.sample(2, seeded()))


def test_at_most_so_many_latents_are_fitted_of_random_images(
    first, images, monkeypatch
):
    monkeypatch.setattr(second, "MOST", 100)
    seen, encode = [], first.encode
    monkeypatch.setattr(first, "encode", lambda x: seen.append(x) or encode(x))
    vae.MixturePrior(first, images, 2)
    vae.MixturePrior(first, images, 2)
    assert len(seen[0]) == 100 and torch.equal(seen[0], seen[1])
    assert not torch.equal(seen[0], images[:100])


def test_what_makes_no_sense_is_refused(first, images):
    conditional = vae.VAE(vae.mlp((4,), 2, 10))
    for make in (lambda m: vae.MixturePrior(m, images, 2), vae.LatentVAE):
        with pytest.raises(CourseError, match="unconditional"):
            make(conditional)
    with pytest.raises(CourseError, match="of 5 needs at least 10 images; got 9"):
        vae.MixturePrior(first, images[:9], 5)
    with pytest.raises(CourseError, match="components is a whole number"):
        vae.MixturePrior(first, images, 0)
    for stage in stages(first, images):
        with pytest.raises(CourseError, match="number of samples"):
            stage.sample(0)
        with pytest.raises(CourseError, match="temperature"):
            stage.sample(1, temperature=-1)
