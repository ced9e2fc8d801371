"""Posterior collapse: active units, the sentence, and the monitor's rule."""

import pytest
import torch

from aigc_course import data, training, vae
from aigc_course.errors import CourseError
from aigc_course.training import Evidence
from aigc_course.vae.health import active_share, posterior_collapsed


def rows(active, step=500):
    return [{"step": step, "active": active}] * 12


def test_the_monitor_says_when_the_posterior_has_collapsed():
    assert "collapsed: 5%" in posterior_collapsed(Evidence(rows(0.05)))
    assert posterior_collapsed(Evidence(rows(0.5))) is None
    assert posterior_collapsed(Evidence(rows(0.0, step=50))) is None
    assert posterior_collapsed(Evidence([{"step": 500, "D": 1.0}])) is None
    assert posterior_collapsed in vae.VAE.symptoms


def test_active_units_are_those_whose_mean_varies():
    seeded = torch.Generator().manual_seed(0)
    means = torch.randn(5000, 3, generator=seeded) * torch.tensor([1.0, 0.12, 0.08])
    means = means + 5  # a constant carries nothing
    assert vae.active_units(means).tolist() == [True, True, False]
    assert float(active_share(means)) == pytest.approx(2 / 3)
    assert float(active_share(means[:1])) == 1
    for bad in (means[0], means[:1]):
        with pytest.raises(CourseError, match="at least 2"):
            vae.active_units(bad)


@pytest.mark.parametrize(
    ("active", "words"),
    [
        (0, "0 of 3 latents are active: the decoder ignores them all"),
        (1, "1 of 3 latents is active; the other 2 have collapsed"),
        (2, "2 of 3 latents are active; the other has collapsed"),
        (3, "3 of 3 latents are active: none has collapsed"),
    ],
)
def test_active_units_in_words(active, words):
    means = torch.randn(500, 3, generator=torch.Generator().manual_seed(0))
    means[:, active:] = 0
    assert words in vae.describe_units(means)


def trained(beta):
    training.seed_everything(0)
    model = vae.VAE(vae.mlp((16,), 3), beta=beta, lr=1e-2)
    batches = data.batches(data.load("digits"), 32)
    training.fit(model, batches, training.Budget(steps=80), progress=False)
    return model


@pytest.mark.slow
def test_a_heavy_kl_collapses_the_posterior():
    images = data.to_float(data.load("digits", "test").images)
    assert not trained(beta=1000.0).active_units(images).any()
    assert trained(beta=0.01).active_units(images).all()
