"""Flows on the command line: steps, guidance, what is measured, and bad input."""

import json

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from aigc_course import cli, data, models, runs

pytestmark = pytest.mark.slow  # two short trainings: about 10 CPU seconds

SMALL = data.ImageSet(
    "digits",
    "train",
    data.load("digits").images[:300],
    data.load("digits").labels[:300],
    tuple("0123456789"),
    "tests",
)


def aigc(*words):
    return CliRunner().invoke(cli.main, [str(word) for word in words])


def seeded(seed=2):
    return torch.Generator().manual_seed(seed)


def shortened(patch):
    """Settings with which the latent flows learn something in ten steps."""
    few = {"least": 200, "memory": 600, "batch": 32, "first": 0.3}
    few["flow"] = {"lr": 0.02, "ema": None}
    for model in ("latent-flow", "cflow"):
        for name, value in few.items():
            patch.setitem(models.get(model).settings, name, value)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Short runs of the latent flows, whose flows have learnt a little."""
    place = tmp_path_factory.mktemp("flows")
    with pytest.MonkeyPatch.context() as patch:
        shortened(patch)
        for model in ("latent-flow", "cflow", "flow"):
            config = runs.Config(model, "fast", "digits", 3, {"steps": 10}, "cpu")
            run = runs.Run.create(place / model, config)
            run.train(SMALL, progress=False)
    return place


def refused(result, *parts):
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("aigc: ") and result.stderr.count("\n") == 1
    for part in parts:
        assert part in result.stderr


@pytest.mark.parametrize("model", ["latent-flow", "cflow", "flow"])
def test_a_run_goes_on_where_it_stopped(folders, model, monkeypatch):
    shortened(monkeypatch)
    run = runs.Run.open(folders / model)
    history = run.train(SMALL, resume=True, progress=False)
    assert history.status == "finished" and history.rows[-1]["step"] == 10


def test_steps_label_and_guidance_are_as_asked(folders, tmp_path):
    words = ("--label", 7, "--guidance", 2, "--steps", 3, "--n", 4, "--seed", 2)
    result = aigc("sample", folders / "cflow", *words, "--out", tmp_path / "x.npy")
    assert result.exit_code == 0, result.output
    run = runs.Run.open(folders / "cflow")
    how = {"labels": torch.full((4,), 7), "guidance": 2.0, "steps": 3}
    drawn = data.to_uint8(run.model().sample(4, seeded(), **how))
    assert (np.load(tmp_path / "x.npy") == drawn[:, 0].numpy()).all()
    plain = run.sample(4, seeded(), label=7, steps=3)
    assert not torch.equal(data.to_uint8(plain), drawn)
    assert not torch.equal(plain, run.sample(4, seeded(), label=1, steps=3))


@pytest.mark.parametrize(
    ("model", "words", "parts"),
    [
        ("latent-flow", ("--steps", 0), ("number of steps is a whole number from 1",)),
        ("flow", ("--steps", -3), ("number of steps is a whole number from 1",)),
        ("cflow", ("--guidance", "nan"), ("not a finite number",)),
        ("cflow", ("--label", 10), ("Labels are from 0 to 9, not 10",)),
        ("latent-flow", ("--label", 3), ("A label is for a cflow or cgan or cvae",)),
        ("latent-flow", ("--guidance", 2), ("Guidance is for a cflow or captions;",)),
        ("flow", ("--temperature", 1), ("A temperature is for",)),
    ],
)
def test_what_a_flow_cannot_do_is_one_sentence(folders, tmp_path, model, words, parts):
    out = tmp_path / "x.npy"
    refused(aigc("sample", folders / model, *words, "--out", out), *parts)
    assert not out.exists()


def test_evaluating_gives_fid_by_evaluations_and_nats(folders):
    result = aigc("evaluate", folders / "latent-flow", "--n", 120)
    assert result.exit_code == 0, result.output
    assert "FID by evaluations of the velocity: 1: " in result.stdout
    report = json.loads((folders / "latent-flow" / "report.json").read_text())
    assert list(report["fid_by_evaluations"]) == ["1", "2", "4", "8", "16", "32"]
    assert report["nats"]["images"] == 120
    card = (folders / "latent-flow" / "card.md").read_text()
    assert "FID by evaluations" in card and "with the flow as the prior" in card


def test_evaluating_a_flow_that_knows_labels(folders):
    result = aigc("evaluate", folders / "cflow", "--n", 100, "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert "nats" not in report and 0 <= report["label_accuracy"] <= 1


def test_a_run_with_another_vae_in_it_is_refused(folders, tmp_path):
    from aigc_course.runs import weights

    run = runs.Run.open(folders / "latent-flow")
    state = run.generator().state_dict()
    altered = {k: v + 0.1 if k.startswith("vae.") else v for k, v in state.items()}
    config = runs.Config("latent-flow", "fast", "digits", 3, {"steps": 10}, "cpu")
    other = runs.Run.create(tmp_path / "other", config)
    about = {"model": "latent-flow", "preset": "fast", "step": "10"}
    weights.write(other.folder / "networks.safetensors", altered, about)
    result = aigc("sample", other.folder, "--out", tmp_path / "x.npy")
    refused(result, "not trained on the latents of this VAE")
