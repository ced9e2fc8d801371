"""Submissions to the other briefs: restorers, VAEs, language models, private ones."""

import json
from pathlib import Path
from typing import Any

import capstone_folder as made
import numpy as np
import pytest
import torch
from safetensors.torch import save
from torch import Tensor

from aigc_course import models, pretrained
from aigc_course.capstone import briefs, gates, loading, submission
from aigc_course.errors import CourseError

RESTORER = {"kind": "restorer", "task": "inpaint", "way": "adversarial", "steps": 1_700}
MUS = [0.15, 0.2]
PRIVATE = {"kind": "private", "epsilon": 1.0, "delta": 1e-5, "mus": MUS, "seed": 0}
TEXT = {"kind": "recipe", "model": "tiny-lm", "preset": "fast", "steps": 300}


def restorer() -> dict[str, Tensor]:
    return dict(pretrained.load_weights("digit_inpaint_adversarial"))


def private() -> dict[str, Tensor]:
    """Ten Gaussians in two directions, about grey pictures."""
    eye = torch.eye(loading.COORDINATES, dtype=torch.float64)
    chance = torch.Generator().manual_seed(0)
    return {
        "centre": torch.zeros(loading.COORDINATES, dtype=torch.float64),
        "basis": eye[:, :2].contiguous(),
        "outside": torch.full((loading.COORDINATES,), 0.1, dtype=torch.float64),
        "counts": torch.full((10,), 600.0, dtype=torch.float64),
        "means": torch.randn(10, 2, generator=chance, dtype=torch.float64),
        "covariances": eye[:2, :2].expand(10, 2, 2).contiguous(),
    }


def language() -> dict[str, Tensor]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return dict(models.get("tiny-lm").build().trained().state_dict())


def submitted(
    folder: Path, name: str, config: dict[str, Any], weights: dict[str, Tensor], n: int
) -> Path:
    """A whole submission to a brief, with invented runs."""
    brief = briefs.get(name)
    drawn = briefs.draw(loading.build(config, weights), brief, n, 0)
    claims = [
        made.claim(figure=one, value=1.0, low=1.0, high=1.0, n=n)
        | {"extractor": brief.extractor}
        for one in (brief.figure, *brief.more)
    ]
    releases = [{"noise": 1 / mu, "rate": 1.0, "steps": 1} for mu in MUS]
    stated = {"delta": 1e-5, "releases": releases} if name == "D" else None
    found: dict[str, bytes] = {
        "submission.json": json.dumps(
            {"format": 1, "brief": name, "n": n, "seed": 0}
        ).encode(),
        "config.json": json.dumps(config).encode(),
        "card.md": made.card(brief=name, claims=claims, mechanism=stated).encode(),
        "report.md": made.report().encode(),
        "evidence/record.json": json.dumps(made.record(brief=name)).encode(),
        "model.safetensors": save(weights),
    }
    if drawn.texts:
        found["samples.txt"] = submission.BETWEEN.join(drawn.texts).encode()
    if drawn.pixels is not None:
        found["samples.npy"] = made.npy(drawn.pixels.numpy())
    if drawn.labels is not None:
        found["labels.npy"] = made.npy(drawn.labels.numpy().astype(np.uint8))
    return made.lay(folder, found)


def wrong(place: Path) -> dict[str, str]:
    """What the gates refuse."""
    return {one.gate: one.message for one in gates.check(place) if not one.passed}


def test_a_restorer_is_taken_and_measured(tmp_path: Path) -> None:
    place = submitted(tmp_path, "B", RESTORER, restorer(), 200)
    assert wrong(place) == {}
    one = loading.load(submission.read(place))
    figures = briefs.measure(one, briefs.get("B"), 200)
    assert figures["accuracy"] > 0.7  # 0.82 with 2,000 digits, on its card
    images, _ = briefs.public_digits(5, 3)
    done = one.restore(images, briefs.hole())
    assert torch.equal(done[..., ~briefs.hole()], images[..., ~briefs.hole()])
    with pytest.raises(CourseError, match="A restorer draws no pictures"):
        one.sample(1, 0)


@pytest.mark.parametrize("name", ["vae", "conv-vae", "dcgan"])
def test_models_of_whole_pictures_fill_holes_too(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "STEPS", 2)
    weights = models.get(name).build().trained().state_dict()
    config = {"kind": "recipe", "model": name, "preset": "fast"}
    one = loading.build(config, loading.halved(weights))
    images, _ = briefs.public_digits(3, 0)
    done = one.restore(images, briefs.hole())
    assert torch.equal(done[..., ~briefs.hole()], images[..., ~briefs.hole()])
    assert torch.equal(done, one.restore(images, briefs.hole()))


def test_a_private_generator_is_taken_and_its_epsilon_computed(tmp_path: Path) -> None:
    place = submitted(tmp_path / "a", "D", PRIVATE, private(), 1_000)
    assert wrong(place) == {}
    pictures, labels = loading.build(PRIVATE, private()).sample_labelled(20, 0)
    assert pictures.shape == (20, 1, 28, 28) and set(labels.tolist()) <= set(range(10))
    card = (place / "card.md").read_text()
    (place / "card.md").write_text(card.replace('"noise": 5.0', '"noise": 2.0'))
    assert "spends epsilon = 2." in wrong(place)["privacy"]
    (place / "card.md").write_text(card.replace('"value": 1.0', '"value": 0.5'))
    assert "claims epsilon = 0.5" in wrong(place)["privacy"]
    (place / "card.md").write_text(card.replace("mechanism:", "other:"))
    assert "states a mechanism" in wrong(place)["privacy"]
    (place / "card.md").write_text(card.replace("1e-05", "0.001"))
    assert "delta is at most 1e-05" in wrong(place)["privacy"]


def test_weights_that_make_no_sense_end_in_a_sentence() -> None:
    bad = {**private(), "counts": torch.full((10,), -1.0, dtype=torch.float64)}
    with pytest.raises(CourseError, match="cannot draw with these weights"):
        loading.build(PRIVATE, bad).sample(1, 0)
    bad = {**private(), "covariances": -private()["covariances"]}
    with pytest.raises(CourseError, match="do not fit the network"):
        loading.build(PRIVATE, bad)
    half = {**restorer(), "extra": torch.ones(1)}
    with pytest.raises(CourseError, match="do not fit the network"):
        loading.build(RESTORER, half)
    whole = {name: (9 * x).long() for name, x in restorer().items()}
    with pytest.raises(CourseError, match="do not fit the network"):
        loading.build(RESTORER, whole)


def test_a_language_model_reads_and_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(briefs, "LENGTH", 12)
    monkeypatch.setattr(briefs, "TEXTS", 2)
    place = submitted(tmp_path, "C", TEXT, language(), 2_000)
    assert wrong(place) == {}
    one = loading.load(submission.read(place))
    nats = one.nats(briefs.public_text(300))
    # an untrained network that starts at zero: nothing is known of any character
    assert nats.shape == (300,) and np.allclose(nats, np.log(76), atol=1e-3)
    with pytest.raises(CourseError, match="draws no pictures"):
        one.sample(1, 0)
    (place / "samples.txt").write_text("one text")
    assert "samples.txt holds 2 texts" in wrong(place)["samples"]


@pytest.mark.parametrize(
    ("name", "config", "gate"),
    [
        ("B", TEXT, "config"),
        ("C", RESTORER, "config"),
        ("A", PRIVATE, "config"),
        ("D", {**PRIVATE, "mus": []}, "config"),
        ("D", {**PRIVATE, "mus": [1e999]}, "config"),
        ("B", {**RESTORER, "task": "upscale-4"}, "config"),
    ],
)
def test_configs_of_another_brief(
    name: str, config: dict[str, Any], gate: str, tmp_path: Path
) -> None:
    brief = briefs.get(name)
    about = {"format": 1, "brief": name, "n": brief.fewest, "seed": 0}
    files = dict.fromkeys(submission.needed(brief), b"x")
    files["submission.json"] = json.dumps(about).encode()
    files["config.json"] = json.dumps(config).encode()
    assert list(wrong(made.lay(tmp_path, files))) == [gate]
