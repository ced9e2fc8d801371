"""The registry of all families: what it builds, and weights there and back."""

import re
import subprocess
import sys
import types
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from aigc_course import apps, cli, data, flow, gan, models, training, vae
from aigc_course.errors import CourseError
from aigc_course.training import Sampler, Trainable
from aigc_course.training.history import mean_values

OF_IMAGES = models.names()
KNOWN = sorted(pair for pair in models.known() if pair[0] in OF_IMAGES)


def seeded(seed=4):
    return torch.Generator().manual_seed(seed)


def batch(model, n=8):
    digits = data.load("digits")
    images = data.to_float(digits.images[:n])
    return (images, digits.labels[:n]) if model in models.names(labels=True) else images


def test_every_family_is_there():
    every = {**flow.RECIPES, **gan.RECIPES, **vae.RECIPES}
    assert every.items() <= models.known().items()
    assert models.names()[0] == "latent-flow" and len(models.names()) < len(KNOWN)
    assert models.names(text=True) == ["tiny-lm", "verse-lm"]
    assert models.names(labels=True) == ["cflow", "cgan", "cvae", "captions"]
    assert models.names(flow=True) == ["latent-flow", "cflow", "flow", "captions"]
    assert set(models.names(temperature=True)) == {name for name, _ in vae.RECIPES}


def test_a_new_family_is_found_by_its_folder_alone(tmp_path, monkeypatch):
    (tmp_path / "flow").mkdir()
    (tmp_path / "flow" / "recipes.py").write_text("")
    (tmp_path / "vae").mkdir()
    (tmp_path / "vae" / "recipes.py").write_text("")
    fresh = types.ModuleType("aigc_course.flow.recipes")
    fresh.MODELS = {("flow", "fast"): replace(vae.RECIPES["cvae", "fast"], steps=7)}
    monkeypatch.setitem(sys.modules, "aigc_course.flow.recipes", fresh)
    monkeypatch.setattr(models, "__file__", str(tmp_path / "models.py"))
    models.known.cache_clear()
    try:
        assert models.get("flow").steps == 7 and "flow" in models.names(labels=True)
        assert {"flow", "vae"} < {*models.names()} and "dcgan" not in models.names()
    finally:
        models.known.cache_clear()


EVERY = {**models.known(), **apps.RECIPES}


# by name: a recipe's text holds addresses, which differ between processes
@pytest.mark.parametrize("one", EVERY.values(), ids=map(str, EVERY))
def test_there_is_one_kind_of_recipe(one):
    assert isinstance(one, training.Recipe)
    assert type(one).build is training.Recipe.build


def test_the_readme_and_the_command_line_name_every_model():
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    shown = CliRunner().invoke(cli.main, ["train", "--help"]).output
    every = models.names() + models.names(text=True)
    for name in every:
        assert re.search(rf"(?<![\w-]){name}(?![\w-])", readme), name
    assert "|".join(every) in re.sub(r"\s+", "", shown)


def test_no_other_file_of_the_package_lists_models():
    package = Path(models.__file__).parent
    families = {package / family for family in ("attention", "flow", "gan", "vae")}
    families.add(package / "capstone")  # a brief says what may be handed in
    for path in package.rglob("*.py"):
        if not families & {*path.parents}:
            text = path.read_text(encoding="utf-8")
            named = [name for name in models.names() if f'"{name}"' in text]
            assert len(named) < 2, path  # one by itself is a use


@pytest.mark.parametrize(("model", "preset"), KNOWN)
def test_a_recipe_trains_and_its_weights_are_all_that_sampling_needs(model, preset):
    training.seed_everything(0)
    one = models.get(model, preset).build()
    assert isinstance(one, Trainable) and isinstance(one, Sampler)
    said = [one.step(batch(model)), one.step(batch(model))]
    assert mean_values(said)  # by names that a checkpoint is read again with
    two = models.get(model, preset).build()
    assert not torch.equal(one.sample(3, seeded()), two.sample(3, seeded()))
    two.load_trained(one.trained().state_dict())
    assert torch.equal(one.sample(3, seeded()), two.sample(3, seeded()))
    assert not one.trained().training


@pytest.mark.parametrize("model", ["dcgan", "vae", "vq-vae"])
def test_other_weights_are_refused(model):
    with pytest.raises(RuntimeError, match="Missing key"):
        models.get(model).build().load_trained({})


def test_settings_can_be_changed():
    assert models.get("vae").build(beta=4.0).beta == 4.0
    assert models.get("vq-vae").build(commitment=1.0).commitment == 1.0


def test_bfloat16_only_where_it_pays(monkeypatch):
    for pays in (True, False):
        monkeypatch.setattr(
            "aigc_course.training.recipe.bf16_pays", lambda _, p=pays: p
        )
        assert models.get("vae").build().bf16 is pays
        assert models.get("vae", "reference").build().bf16 is False


def test_an_unknown_recipe_lists_the_known():
    with pytest.raises(CourseError, match="no recipe vae slow; choose from: latent-"):
        models.get("vae", "slow")


def test_the_registry_itself_is_light():
    code = "import sys, aigc_course.models; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr
