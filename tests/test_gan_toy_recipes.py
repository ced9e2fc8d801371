"""Recipes of the toys and of stacked digits: shapes, and signs that they train."""

import math

import pytest
import torch

from aigc_course import data, metrics, training
from aigc_course.gan.stacked import STACKED
from aigc_course.gan.toy_recipes import GRID, PLAIN, PLAIN_RING, RING, WIDTH_OF_GRID


@pytest.mark.parametrize("recipe", [PLAIN, PLAIN_RING, RING, GRID])
def test_points_in_and_out(recipe):
    model = recipe.build()
    points = model.generator(model.generator.latents(6))
    assert points.shape == (6, 2)
    assert model.discriminator(points).shape == (6, 1)


def test_the_scale_of_the_grid_makes_it_about_as_wide_as_the_ring():
    points = data.toy("grid", 10_000) / WIDTH_OF_GRID
    assert 0.5 < points.std() < 1.5


def test_the_networks_alone_are_the_recommended_ones_trained_plainly():
    assert PLAIN_RING.settings == PLAIN.settings
    assert PLAIN_RING.batch_size == PLAIN.batch_size == RING.batch_size
    sizes = [
        sum(w.numel() for w in recipe.generator().parameters())
        for recipe in (PLAIN_RING, RING)
    ]
    assert sizes[0] == sizes[1]


@pytest.mark.slow
def test_the_ring_is_soon_surrounded():
    training.seed_everything(0)
    model = RING.build()
    budget = training.Budget(steps=150)
    training.fit(model, data.ToyBatches("ring", 256), budget, progress=False)
    samples = model.sample(2000, torch.Generator().manual_seed(0))
    assert samples.norm(dim=1).median() > 0.3  # an untrained G: below 0.1
    report = metrics.modes(samples, data.toy_modes("ring"), data.toy_std("ring"))
    assert report.kl < math.log(8)


def test_stacked_digits_in_and_out():
    model = STACKED.build()
    pictures = model.generator(model.generator.latents(4))
    assert pictures.shape == (4, 3, 28, 28) and pictures.abs().max() <= 1
    assert model.discriminator(pictures).shape == (4, 1)
