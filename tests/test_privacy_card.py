"""`aigc audit`: its section on the card, and what it refuses."""

import json

import pytest
import torch
from click.testing import CliRunner

from aigc_course.commands import audit as module
from aigc_course.privacy.card import HEAD, section

FOUND = {
    "images": 2000,
    "seed": 0,
    "data": "mnist",
    "shares": {
        "raw": [0.1] * 10,
        "estimate": [0.1] * 10,
        "low": [0.09] * 10,
        "high": [0.11] * 10,
    },
    "copies": {"rate": 0.011, "interval": [0.007, 0.017], "expected": 0.01},
    "membership": {"auc": 0.5, "low": 0.48, "high": 0.52, "tpr": 0.012, "fpr": 0.01},
    "energy": {
        "how": "assumed",
        "watts": 10.0,
        "joules_per_thousand": 3.21,
        "seconds": 1.5,
        "images": 2000,
    },
}


def test_the_section_says_what_was_found_and_what_was_assumed():
    told = section(FOUND)
    assert told.startswith(HEAD) and "2,000 samples, seed 0." in told
    assert "| 9 | 10.0 % | 10.0 % | 9.0 % to 11.0 % |" in told
    assert "1.1% of the samples" in told and "1.2% of the training images" in told
    assert "3.21 J for 1,000 samples, assumed at 10 W" in told
    assert "no safety" in told


def test_measured_joules_are_not_called_assumed():
    energy = {**FOUND["energy"], "how": "measured"}
    told = section({**FOUND, "energy": energy})
    assert "measured by the processor" in told and "assumed" not in told


def test_other_pictures_than_digits_have_no_shares():
    assert "not measured" in section({**FOUND, "shares": None})


def test_what_is_no_run_is_refused_in_one_sentence(tmp_path):
    from aigc_course.errors import CourseError

    found = CliRunner().invoke(module.audit, [str(tmp_path / "nothing")])
    assert isinstance(found.exception, CourseError)
    found = CliRunner().invoke(module.audit, [str(tmp_path)])
    assert isinstance(found.exception, CourseError)
    assert not list(tmp_path.iterdir())


def test_too_few_samples_are_refused(tmp_path):
    found = CliRunner().invoke(module.audit, [str(tmp_path), "--n", "5"])
    assert found.exit_code == 2


class Stand:
    """A run as `aigc audit` needs it, without a training."""

    class config:
        data = "digits"

    class recipe:
        text = False

    def __init__(self, folder):
        self.folder = folder

    def check(self):
        pass

    def write_card(self):
        (self.folder / "card.md").write_text("# Run\n", encoding="utf-8")


@pytest.mark.slow
def test_it_measures_writes_and_tells(tmp_path, monkeypatch):
    from aigc_course import data, runs

    real = data.load("digits", "test").images
    monkeypatch.setattr(runs.Run, "open", lambda folder: Stand(folder))
    drawn = real[:, 0].repeat(2, 1, 1)[:300].numpy()
    monkeypatch.setattr(module, "draw", lambda folder, n, seed: drawn)
    monkeypatch.setattr(module, "ATTACKED", 140)
    torch.manual_seed(0)
    done = CliRunner().invoke(module.audit, [str(tmp_path), "--n", "300", "--json"])
    assert done.exception is None
    kept = json.loads((tmp_path / "audit.json").read_text("utf-8"))
    assert json.loads(done.output) == kept
    card = (tmp_path / "card.md").read_text("utf-8")
    assert card.count(HEAD) == 1 and card.startswith("# Run")
    assert sum(kept["shares"]["estimate"]) == pytest.approx(1)
    # the samples ARE the strangers, so that the attack must fail badly
    assert kept["membership"]["auc"] < 0.5
