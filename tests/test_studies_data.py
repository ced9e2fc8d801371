"""The studies of chapter 14: what their cells train on, and what they measure."""

import pytest
import torch

from aigc_course import data, gan, metrics, studies, training
from aigc_course.studies.definitions import data_amount, data_imbalance
from aigc_course.studies.shared import asked, data_sets

DIGITS = studies.Cell(seed=1, scale=1e-6, data="digits")
CORRUPTION = studies.get("data-corruption")


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(asked, "SAMPLES", 200)


def made(kind, severity, remedy=""):
    return data_sets._made(kind, severity, remedy, DIGITS)


def test_the_grid_has_eight_kinds_at_four_severities():
    places = [m.config for m in CORRUPTION.methods.values() if m.place]
    kinds = {(c["corruption"], c["severity"]) for c in places}
    assert len(kinds) == 32 == len(places) and CORRUPTION.seeds == 5
    assert {kind for kind, _ in kinds} == {*data.corrupt.CORRUPTIONS} - {"few"}


@pytest.mark.parametrize("name", ["clean", "noise-0.25", "label_errors-0.25-removed"])
def test_a_step_of_a_damaged_cell(name, few):
    training.seed_everything(1)
    outcome = CORRUPTION.methods[name].run(DIGITS)
    assert outcome.keys() >= {column.name for column in asked.COLUMNS}
    assert CORRUPTION.failed(outcome) and outcome["fid"] > 50  # after one step
    assert (outcome["images"] == 1_500) == ("removed" not in name)


@pytest.mark.parametrize("name", ["as-it-is", "ask"])
def test_a_step_of_an_imbalanced_cell(name, few):
    training.seed_everything(1)
    outcome = studies.get("data-imbalance").methods[name].run(DIGITS)
    shares = ("rare", "coverage", "rare_coverage", "legible")
    assert all(0 <= outcome[share] <= 1 for share in shares)
    assert outcome["fid"] > 20


def test_a_step_of_an_amount_smaller_than_a_batch_of_sixty_four(few, monkeypatch):
    monkeypatch.setattr(data_amount, "CLASSIFIER_STEPS", 1)
    training.seed_everything(1)
    outcome = data_amount._of(40).run(DIGITS)
    assert outcome["images"] == 40 and 0 <= outcome["classifier"] <= 1


def test_remedies_undo_some_of_the_damage():
    clean = asked.some(DIGITS)

    def wrong(images):
        return float((images.labels != clean.labels).double().mean())

    assert wrong(made("label_errors", 0.25)) == pytest.approx(0.25, abs=0.001)
    assert wrong(made("label_errors", 0.25, "relabelled")) < 0.08
    assert len(made("label_errors", 0.25, "removed")) < 0.85 * len(clean)
    single = made("duplicates", 0.5, "unique")
    assert len(data.cleaning.repeated(single)) == 0 and len(single) == 750


def test_nine_in_ten_and_its_corrections():
    def share(how, even=False):
        images = data_imbalance.nine_to_one(how, even, DIGITS)
        return float((images.labels == 1).double().mean()), len(images)

    rare, n = share("")
    assert rare == pytest.approx(0.1, abs=0.01)
    assert share("", even=True) == (pytest.approx(0.5, abs=0.1), n)
    for how in ("drop", "repeat"):
        corrected, size = share(how)
        assert corrected == 0.5 and (size < n if how == "drop" else size > n)


def test_small_networks_know_what_they_are_asked():
    training.seed_everything(0)
    model = asked.RECIPE.build()
    z = torch.randn(4, 32)
    threes, eights = (model.generator(z, torch.full((4,), c)) for c in (3, 8))
    assert threes.shape == (4, 1, 28, 28) and not torch.equal(threes, eights)
    pictures = torch.zeros(4, 1, 28, 28)
    judged = [model.discriminator(pictures, torch.full((4,), c)) for c in (3, 8)]
    assert judged[0].shape == (4, 1) and not torch.equal(*judged)
    values = model.step((pictures, torch.tensor([0, 1, 2, 3])))
    assert values["D"].isfinite()


def test_real_digits_are_read_as_asked_and_are_like_the_test_set():
    images = data.load("digits").images
    labels = data.load("digits").labels
    rows = [(labels == c).nonzero()[i, 0] for i in range(40) for c in range(10)]
    found = metrics.features(images[torch.stack(rows)])
    outcome = asked.judge(found, DIGITS)
    assert outcome["label_accuracy"] > 0.8 and outcome["fid"] < 30
    assert outcome["precision"] > 0.6 and outcome["recall"] > 0.6
    assert asked.RECIPE.learner is gan.ConditionalGAN


def test_real_threes_and_sixes_are_counted_as_they_are():
    images = data_imbalance.nine_to_one("", False, DIGITS)
    outcome = data_imbalance.judge(metrics.features(images.images), DIGITS)
    assert outcome["rare"] == pytest.approx(0.1, abs=0.02)
    assert outcome["legible"] > 0.9
    even = data_imbalance.nine_to_one("", True, DIGITS)
    fair = data_imbalance.judge(metrics.features(even.images), DIGITS)
    assert fair["fid"] < outcome["fid"] and fair["rare"] > 0.4
