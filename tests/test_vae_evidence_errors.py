"""The two errors of an estimate of log p: over proposals and over images."""

import math

import pytest
import torch

from aigc_course import plots, vae
from aigc_course.vae import evidence


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def crude():
    """A linear model and an encoder that is a little wrong, in float64."""
    W = torch.randn(6, 2, generator=seeded(), dtype=torch.float64)
    model = vae.LinearGaussian(W, torch.zeros(6).double(), 0.5)
    best = vae.best_encoder(model)
    return vae.LinearVAE(model, 0.95 * best.A, best.log_variance)


def judged(crude, images, samples=50, seed=1):
    x = crude.model.sample(images, seeded(seed))
    return evidence.importance_sampled(crude, x, samples, generator=seeded(2))


def test_the_error_over_images_falls_like_one_over_the_root_of_their_number(crude):
    few, many = judged(crude, 200), judged(crude, 3_200)
    assert few.image_error / many.image_error == pytest.approx(4, rel=0.15)


def test_the_error_over_images_is_what_other_images_change(crude):
    found = [judged(crude, 200, seed=seed) for seed in range(10, 50)]
    seen = torch.tensor([one.mean for one in found]).std()
    assert found[0].image_error == pytest.approx(float(seen), rel=0.35)
    assert found[0].error < 0.2 * found[0].image_error  # proposals alone


def test_one_image_has_no_error_over_images(crude):
    assert math.isnan(judged(crude, 1).image_error)


def test_text_and_record_carry_both(crude):
    found = judged(crude, 20)
    assert "over proposals" in str(found) and "over images" in str(found)
    judgement = vae.Judgement(0.0, found, torch.zeros(20, 2), False).to_dict()
    assert judgement["log_p_error"] == found.error
    assert judgement["log_p_image_error"] == found.image_error


def test_the_estimate_is_too_low_on_average_and_not_always(crude):
    x = crude.model.sample(1, seeded(3)).expand(400, -1)
    exact = crude.model.log_marginal(x[:1])
    found = evidence.importance_sampled(crude, x, 5, generator=seeded(4)).log_p
    assert found.mean() < exact and (found > exact).any()


def test_shares_of_latents_have_no_line_of_an_undecided_discriminator():
    vae_rows = [{"step": s, "loss": 100.0, "KL": 20.0, "active": 0.8} for s in (1, 2)]
    gan_rows = [{"step": s, "D": 1.0, "D(x)": 0.6} for s in (1, 2)]

    def level(rows):
        lines = plots.training_curves(rows).axes[1].lines
        return [line for line in lines if list(line.get_ydata()) == [0.5, 0.5]]

    assert not level(vae_rows) and len(level(gan_rows)) == 1
