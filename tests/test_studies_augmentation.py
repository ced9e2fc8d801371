"""The study of augmentation: who sees what, and what is measured."""

import pytest
import torch

from aigc_course import data, studies, training
from aigc_course.apps import augmentation as few
from aigc_course.studies.definitions import augmentation

DIGITS = studies.Cell(seed=2, scale=1e-6, data="digits")
STUDY = studies.get("augmentation")


@pytest.fixture
def little(monkeypatch):
    """Few generated digits, and a short test set."""
    monkeypatch.setattr(augmentation, "DRAWN", 30)
    load = data.load

    def short(name, split="train"):
        images = load(name, split)
        return data.subset(images, 100, 0) if split == "test" else images

    monkeypatch.setattr(data, "load", short)


def test_each_way_with_each_amount():
    assert len(STUDY.methods) == 24 and STUDY.seeds == 5
    pairs = {(m.config["way"], m.place["labels"]) for m in STUDY.methods.values()}
    assert pairs == {(w, n) for w in augmentation.WAYS for n in (50, 100, 500, 5_000)}


def test_the_classifier_works_as_hard_in_each_way():
    learn = [method.config["learn"] for method in STUDY.methods.values()]
    assert learn == [learn[0]] * 24 and learn[0]["steps"] == 300


@pytest.mark.parametrize("way", augmentation.WAYS)
def test_a_step_of_each_way(way, little):
    training.seed_everything(2)
    outcome = STUDY.methods[f"{way}-50"].run(DIGITS)
    assert outcome["labels"] == 50 and 0 <= outcome["accuracy"] <= 1
    assert (outcome["drawn_as_asked"] is None) == (way in ("none", "classical"))


@pytest.mark.parametrize("way", ["gan", "vae"])
def test_a_generator_sees_the_labelled_digits_and_no_others(way, monkeypatch):
    shown = []

    def fit(model, batches, budget, **words):
        shown.append(next(batches)[0])

    monkeypatch.setattr(training, "fit", fit)
    known = augmentation.labelled(DIGITS, 50)
    images, labels = augmentation.generated(way, known, DIGITS)
    seen, own = shown[0].flatten(1), data.to_float(known.images).flatten(1)
    assert bool((torch.cdist(seen, own).amin(1) < 0.1).all())
    assert len(images) == augmentation.DRAWN == len(labels)
    assert labels.bincount().tolist() == [augmentation.DRAWN // 10] * 10


def test_ways_differ_in_what_they_are_named_for(monkeypatch):
    told = {}

    def learn(real, extra=None, **words):
        told[way] = (extra is not None, words["change"])
        raise KeyError  # enough seen

    monkeypatch.setattr(few, "learn", learn)
    monkeypatch.setattr(augmentation, "generated", lambda way, *_: kept(way))
    for way in augmentation.WAYS:
        with pytest.raises(KeyError):
            augmentation.run(way, 50, DIGITS)
    assert {w for w, (_, change) in told.items() if change is few.augment} == {
        "classical",
        "classical-gan",
        "classical-vae",
    }
    assert {w for w, (extra, _) in told.items() if extra} == {
        w for w in augmentation.WAYS if w[-3:] in ("gan", "vae")
    }


def kept(way):
    return () if way.endswith(("gan", "vae")) else None


def test_seeds_choose_the_labels_and_the_small_set_gives_what_it_has():
    one, two = (
        augmentation.labelled(studies.Cell(s, 1.0, "digits"), 50) for s in (0, 1)
    )
    assert not torch.equal(one.images, two.images)
    assert one.labels.bincount().tolist() == [5] * 10
    most = augmentation.labelled(DIGITS, 5_000)
    assert 1_000 < len(most) < 1_500
    assert len(set(most.labels.bincount().tolist())) == 1


def test_digits_are_drawn_as_asked_when_they_are(monkeypatch, little):
    digits = augmentation.labelled(DIGITS, 500)
    images = data.to_float(digits.images)

    def as_asked(drawn):
        monkeypatch.setattr(augmentation, "generated", lambda *_: drawn)
        return augmentation.run("vae", 50, DIGITS)["drawn_as_asked"]

    assert as_asked((images, digits.labels)) > 0.8
    assert as_asked((images, (digits.labels + 1) % 10)) < 0.1
    assert as_asked(None) is None


def test_when_a_seed_has_failed():
    assert STUDY.failed({"accuracy": 0.49}) and not STUDY.failed({"accuracy": 0.51})
