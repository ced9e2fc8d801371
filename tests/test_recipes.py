"""The registry of all families: what it builds, and weights there and back."""

import subprocess
import sys

import pytest
import torch

from aigc_course import data, gan, recipes, training, vae
from aigc_course.errors import CourseError
from aigc_course.training import Sampler, Trainable

KNOWN = sorted(recipes._known())


def seeded(seed=4):
    return torch.Generator().manual_seed(seed)


def batch(model, n=8):
    digits = data.load("digits")
    images = data.to_float(digits.images[:n])
    return (images, digits.labels[:n]) if model in recipes.CONDITIONAL else images


def test_every_family_is_there():
    assert {**gan.RECIPES, **vae.RECIPES}.items() <= recipes._known().items()
    assert set(recipes.MODELS) >= {model for model, _ in KNOWN}
    assert set(recipes.CONDITIONAL) < set(recipes.MODELS)


@pytest.mark.parametrize(("model", "preset"), KNOWN)
def test_a_recipe_trains_and_its_weights_are_all_that_sampling_needs(model, preset):
    training.seed_everything(0)
    one = recipes.get(model, preset).build()
    assert isinstance(one, Trainable) and isinstance(one, Sampler)
    one.step(batch(model))
    one.step(batch(model))
    two = recipes.get(model, preset).build()
    assert not torch.equal(one.sample(3, seeded()), two.sample(3, seeded()))
    two.load_trained(one.trained().state_dict())
    assert torch.equal(one.sample(3, seeded()), two.sample(3, seeded()))
    assert not one.trained().training


@pytest.mark.parametrize("model", ["dcgan", "vae", "vq-vae"])
def test_other_weights_are_refused(model):
    with pytest.raises(RuntimeError, match="Missing key"):
        recipes.get(model).build().load_trained({})


def test_settings_can_be_changed():
    assert recipes.get("vae").build(beta=4.0).beta == 4.0
    assert recipes.get("vq-vae").build(commitment=1.0).commitment == 1.0


def test_bfloat16_only_where_it_pays(monkeypatch):
    for pays in (True, False):
        monkeypatch.setattr("aigc_course.vae.recipes.bf16_pays", lambda _, p=pays: p)
        assert recipes.get("vae").build().bf16 is pays
        assert recipes.get("vae", "reference").build().bf16 is False


def test_an_unknown_recipe_lists_the_known():
    with pytest.raises(CourseError, match="no recipe vae slow; choose from: dcgan fa"):
        recipes.get("vae", "slow")


def test_the_registry_itself_is_light():
    code = "import sys, aigc_course.recipes; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr
