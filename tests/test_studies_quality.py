"""Studies of the VAE and of label errors: a cell of each runs and measures its columns.

Their first records were measured by scripts that the studies took the place of.
"""

import math

import pytest

from aigc_course import studies, training
from aigc_course.studies.definitions import dcgan_fid, denoising, two_stage

CELL = studies.Cell(seed=1, scale=1e-6, data="digits")
TRIED = [
    ("disentangling", "beta-vae-1"),
    ("disentangling", "beta-tcvae-8"),
    ("label-errors", "digits-10-in-pairs"),
    ("denoising", "noise-alone"),
    ("denoising", "median"),
    ("denoising", "network"),
    ("two-stage", "bernoulli"),
    ("compression", "codec"),
    ("compression", "jpeg"),
    ("compression", "png"),
    ("dcgan-fid", "steps-1900"),
]


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(dcgan_fid, "SAMPLES", 200)
    monkeypatch.setattr(two_stage, "SAMPLES", 200)
    monkeypatch.setattr(two_stage, "COMPONENTS", 2)
    monkeypatch.setattr(two_stage, "IMAGES", 300)
    monkeypatch.setattr(denoising, "TUNING", 20)


@pytest.mark.parametrize(("name", "method"), TRIED)
def test_a_cell_measures_the_columns(name, method, few):
    study = studies.get(name)
    training.seed_everything(CELL.seed)
    outcome = study.methods[method].run(CELL)
    first, *_ = columns = [column.name for column in study.columns]
    found = [outcome[c] for c in columns if outcome.get(c) is not None]
    assert outcome[first] is not None and all(map(math.isfinite, found))
    assert study.failed(outcome) in (True, False)


@pytest.mark.parametrize("name", sorted({name for name, _ in TRIED} - {"dcgan-fid"}))
def test_a_converted_record_says_where_it_comes_from(name):
    found = studies.find(name)
    assert set(found.methods) == set(studies.get(name).methods)
    study = studies.get(name)
    for method in found.methods:
        for outcome in found.outcomes(method):
            assert outcome["failed"] == study.failed(outcome)
    origin = found.content.get("origin", "")  # none once it has been measured anew
    assert not origin or origin.startswith("Measured by python benchmarks/")
