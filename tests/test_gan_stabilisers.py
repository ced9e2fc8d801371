"""The list of remedies: each by name, each a change, nothing else changed."""

import pickle
import re
from functools import partial

import pytest
import torch
from torch import nn

from aigc_course import data, gan, training

POINTS = gan.Recipe(
    partial(gan.PointGenerator, width=32),
    partial(gan.PointDiscriminator, width=32),
    64,
    {"lr": 2e-3, "betas": (0.5, 0.99)},
)
IMAGES = gan.Recipe(
    partial(gan.DCGANGenerator, width=4),
    partial(gan.DCGANDiscriminator, width=4, norm=False),
    8,
    {"lr": 1e-3},
)
FAR = 5 * data.toy("grid", 64)  # far out, so that gradients are longer than 1
NAMES = list(gan.STABILISERS)
FOR_POINTS = [name for name in NAMES if not gan.STABILISERS[name].images_only]


def trained(recipe, batch, steps=4):
    training.seed_everything(0)
    model = recipe.build()
    for step in range(steps):
        model.anneal(step / steps)
        values = model.step(batch)
    assert all(value.isfinite() for value in values.values())
    return model


def sampled(model):
    return model.sample(16, torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def plain():
    return sampled(trained(POINTS, FAR, steps=30))


@pytest.mark.parametrize("name", FOR_POINTS)
def test_each_makes_a_difference_to_points(name, plain):
    recipe = gan.STABILISERS[name].apply(POINTS)
    samples = sampled(trained(recipe, FAR, steps=30))
    assert samples.isfinite().all()
    assert not torch.allclose(samples, plain, atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_each_trains_on_images(name):
    model = trained(gan.STABILISERS[name].apply(IMAGES), torch.zeros(8, 1, 28, 28), 1)
    assert sampled(model).shape == (16, 1, 28, 28)


@pytest.mark.parametrize("name", NAMES)
def test_each_leaves_the_rest_as_it_was(name):
    before = dict(POINTS.settings)
    recipe = gan.STABILISERS[name].apply(POINTS)
    assert POINTS.settings == before
    assert (recipe.generator, recipe.batch_size) == (POINTS.generator, 64)
    assert recipe.settings["betas"] == before["betas"]
    if name != "two-time-scales":
        assert recipe.settings["lr"] == before["lr"]
    pickle.dumps(recipe)  # a study hands it to another process


@pytest.mark.parametrize("name", NAMES)
def test_each_says_what_it_does_and_whose_it_is(name):
    stabiliser = gan.STABILISERS[name]
    assert stabiliser.name == name
    assert stabiliser.sentence[-1] == "." and 20 < len(stabiliser.sentence) < 100
    assert re.search(r" (19|20)\d\d$", stabiliser.source)


def test_only_translation_is_for_images_alone():
    assert set(NAMES) - set(FOR_POINTS) == {"translation"}


def test_penalties_join_those_that_are_there():
    both = gan.STABILISERS["r2"].apply(gan.STABILISERS["r1"].apply(POINTS))
    assert len(both.settings["regularisers"]) == 2


def test_remedies_can_be_combined():
    recipe = POINTS
    for name in ("pacgan-2", "minibatch-std", "spectral-norm"):
        if name != "minibatch-std":
            recipe = gan.STABILISERS[name].apply(recipe)
    D = trained(recipe, FAR).discriminator
    assert isinstance(D, gan.Packed)
    assert any(
        isinstance(m, nn.utils.parametrize.ParametrizationList) for m in D.modules()
    )


@pytest.mark.parametrize(
    ("lr", "wanted"), [(2e-3, (1e-3, 4e-3)), ((1e-3, 2e-3), (5e-4, 4e-3))]
)
def test_two_time_scales_keep_the_product_of_the_rates(lr, wanted):
    recipe = gan.Recipe(POINTS.generator, POINTS.discriminator, 64, {"lr": lr})
    changed = gan.STABILISERS["two-time-scales"].apply(recipe)
    assert changed.settings["lr"] == wanted
