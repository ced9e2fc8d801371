"""What `aigc evaluate` says of a VAE, held against a model with exact answers."""

import json

import pytest
import torch

from aigc_course import data, training, vae
from aigc_course.errors import CourseError


def tiny(classes=0, **settings):
    training.seed_everything(0)
    return vae.VAE(vae.mlp((16,), 3, classes), **settings)


@pytest.fixture
def images():
    return data.to_float(data.load("digits").images[:60])


def seeded(seed=2):
    return torch.Generator().manual_seed(seed)


def test_figures_are_those_of_one_binarisation(images):
    model = tiny()
    found = vae.judge(model, images, samples=50, generator=seeded())
    x = model.observe(images, seeded())
    mean, log_variance = model.networks.encode(x)
    assert torch.equal(found.means, mean) and found.binarised
    with torch.no_grad():
        weights = vae.evidence.log_weights(model.networks, x, 400, generator=seeded())
    # one latent per image against 400
    error = 5 * float(weights.std(0).mean()) / 60**0.5
    assert found.elbo == pytest.approx(float(weights.mean()), abs=error)
    assert found.log_p.mean == pytest.approx(
        float(weights.logsumexp(0).mean()) - torch.tensor(400.0).log().item(), abs=1
    )
    assert found.elbo < found.log_p.mean


def test_parts_of_the_set_make_no_difference(images, monkeypatch):
    whole = vae.judge(tiny(), images, samples=5, generator=seeded())
    monkeypatch.setattr("aigc_course.vae.judgement.CHUNK", 7)
    parts = vae.judge(tiny(), images, samples=5, generator=seeded())
    assert torch.allclose(whole.means, parts.means, atol=1e-5)
    assert parts.elbo == pytest.approx(whole.elbo, abs=5)


def test_averaged_weights_are_judged(images):
    model = tiny(ema=100, lr=0.1)
    model.step(images)
    model.step(images)
    found = vae.judge(model, images, samples=5, generator=seeded())
    x = model.observe(images, seeded())
    assert torch.allclose(found.means, model.trained().encode(x)[0], atol=1e-5)
    assert not torch.allclose(found.means, model.networks.encode(x)[0], atol=1e-3)


def test_it_says_what_was_done(images):
    found = vae.judge(tiny(), images, samples=5, generator=seeded())
    for part in ("-ELBO = ", "60 images, 5 importance", "drawn once as 0 or 1", "of 3"):
        assert part in str(found)
    values = json.loads(json.dumps(found.to_dict()))
    assert values["images"] == 60 and values["latents"] == 3
    assert values["importance_samples"] == 5 and values["binarised"] is True
    assert values["active_units"] == int(vae.active_units(found.means).sum())
    grey = vae.judge(tiny(binarised=False), images, samples=5, generator=seeded())
    assert "(grey values)" in str(grey)


def test_labels_are_needed_where_they_were_learned_from(images):
    labels = data.load("digits").labels[:60]
    right = vae.judge(tiny(10), images, labels, samples=5, generator=seeded())
    wrong = vae.judge(tiny(10), images, (labels + 1) % 10, samples=5)
    assert right.elbo != wrong.elbo
    with pytest.raises(CourseError, match="with labels"):
        vae.judge(tiny(10), images)
    with pytest.raises(CourseError, match="without labels"):
        vae.judge(tiny(), images, labels)
