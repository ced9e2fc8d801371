"""A card says what is there, and is written whole or not at all."""

import json
from dataclasses import replace

import pytest
import torch
from click.testing import CliRunner

from aigc_course import data
from aigc_course.cli import main
from aigc_course.data import corrupt
from aigc_course.data.card import Card, card, digest, doubts
from aigc_course.errors import CourseError


@pytest.fixture(scope="module")
def digits():
    return data.load("digits")


@pytest.fixture(scope="module")
def damaged(digits):
    chain = corrupt.label_errors(0.1) | corrupt.duplicates(0.1, of=3)
    return chain(digits)


@pytest.fixture(scope="module")
def made(damaged):
    test = data.load("digits", "test")
    leaked = replace(test, images=torch.cat([damaged.images[:4], test.images[4:]]))
    return card(damaged, leaked)


def test_facts_are_counted(made, damaged):
    train = made.facts["splits"]["train"]
    assert train["images"] == 1_500 and train["shape"] == [1, 28, 28]
    assert list(train["classes"].values()) == damaged.labels.bincount().tolist()
    assert train["least_value"] == 0 and train["greatest_value"] == 255
    mean = damaged.images.double().mean() / 255
    assert train["brightness"] == pytest.approx(float(mean), abs=1e-4)
    assert made.facts["licence"] == "CC BY 4.0"


def test_copies_and_leaks_are_counted(made):
    found = made.facts["copies"]
    assert found["test_in_train"] == 4 and found["test_nearly_in_train"] >= 4
    assert 148 <= found["repeated"] <= found["nearly_repeated"] <= 175


def test_one_picture_under_two_labels_is_a_fact_of_its_own(digits):
    torn = corrupt.duplicates(0.1, of=1)(digits)
    half = (torn.images == torn.images[0]).flatten(1).all(1)
    labels = torn.labels.clone()
    again = data.cleaning.repeated(torn)
    labels[again[:10]] = (labels[again[:10]] + 1) % 10
    found = card(replace(torn, labels=labels), quick=True).facts["copies"]
    assert found["repeated_under_another_label"] == 10 and half.any()


def test_labels_in_doubt_are_about_as_many_as_there_are(made):
    found = made.facts["labels"]
    assert 100 < found["in_doubt"] < 200 and len(found["rows"]) == 20
    pairs = found["pairs"]
    assert pairs and all(pair["label"] != pair["looks_like"] for pair in pairs)
    counts = [pair["images"] for pair in pairs]
    assert all(isinstance(count, int) and count > 0 for count in counts)
    assert counts == sorted(counts, reverse=True) and sum(counts) <= found["in_doubt"]


def test_pairs_of_doubt_are_counted_label_first(digits, monkeypatch):
    rows = digits.labels.eq(4).nonzero()[:3, 0]
    wrong = data.cleaning.labels.Suspects(
        rows, torch.tensor([9, 9, 7]), torch.zeros(3), torch.zeros(10, 10)
    )
    monkeypatch.setattr(data.cleaning, "label_errors", lambda images: wrong)
    assert doubts(digits)["pairs"] == [
        {"label": "4", "looks_like": "9", "images": 2},
        {"label": "4", "looks_like": "7", "images": 1},
    ]


def test_quick_leaves_out_what_takes_time_and_says_so(digits):
    quick = card(digits, quick=True)
    assert quick.facts["labels"] is None
    assert quick.facts["copies"]["nearly_repeated"] is None
    assert quick.to_markdown().count("not measured") >= 3


def test_a_hash_changes_with_any_pixel_or_label(digits):
    pixels, labels = digits.images.clone(), digits.labels.clone()
    pixels[7, 0, 3, 3] += 1
    labels[7] = (labels[7] + 1) % 10
    changed = replace(digits, images=pixels), replace(digits, labels=labels)
    hashes = {digest(digits), *map(digest, changed)}
    assert len(hashes) == 3 and digest(digits) == digest(data.load("digits"))


def test_blank_pictures_empty_classes_and_unknown_sets(digits):
    pixels, labels = digits.images.clone(), digits.labels.clone()
    pixels[3] = 17
    labels[labels == 5] = 6
    odd = replace(digits, name="mine", images=pixels, labels=labels)
    facts = card(odd, quick=True).facts
    train = facts["splits"]["train"]
    assert train["blank"] == 1 and train["most_to_least"] is None
    assert "not known" in facts["licence"]
    assert "one is empty" in Card(facts).to_markdown()
    tiny = data.subset(digits, 20)
    assert card(tiny).facts["labels"] is None  # too few to judge labels


def test_the_page_and_the_json_say_the_same(made, tmp_path):
    text, plain = made.save(tmp_path / "new" / "digits.md")
    assert json.loads(plain.read_text(encoding="utf-8")) == made.facts
    page = text.read_text(encoding="utf-8")
    for value in (
        "1,500",
        "label_errors(0.1)",
        made.facts["splits"]["train"]["sha256"],
    ):
        assert value in page
    widths = {line.count("|") for line in page.splitlines() if line.startswith("| ")}
    assert widths <= {3, 4}


def test_neither_is_written_when_one_cannot_be(made, tmp_path):
    (tmp_path / "card.json" / "taken").mkdir(parents=True)
    with pytest.raises(CourseError, match="Cannot write"):
        made.save(tmp_path / "card.md")
    assert [p.name for p in tmp_path.iterdir()] == ["card.json"]
    with pytest.raises(CourseError, match="ending in .md"):
        made.save(tmp_path / "card.txt")


# the command


def aigc(*words):
    return CliRunner().invoke(main, ["data", *words])


def test_the_command_writes_both_files(tmp_path):
    file = tmp_path / "card.md"
    done = aigc("card", "digits", "--quick", "--out", str(file))
    assert done.exit_code == 0 and "card.json" in done.stdout
    assert json.loads(file.with_suffix(".json").read_text())["name"] == "digits"


def test_the_command_prints_json_of_damaged_data():
    options = ("--quick", "--json", "--damage", "imbalance=0.9", "--seed", "3")
    facts = json.loads(aigc("card", "digits", *options).stdout)
    assert facts["splits"]["train"]["most_to_least"] > 8
    assert facts["found"].endswith("imbalance(0.9)")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--out", "card.txt"), "ends in .md"),
        (("--damage", "noise"), "NAME=SEVERITY"),
        (("--damage", "nose=0.3"), "Did you mean 'noise'"),
        (("--damage", "noise=3"), "from 0"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(options, words):
    refused = aigc("card", "digits", *options)
    assert refused.exit_code == 2 and words in refused.stderr
    assert "Traceback" not in refused.stderr


def test_without_a_word_the_set_is_described_as_before():
    for words in (("digits",), ("show", "digits")):
        assert "1,500 training images of 28 x 28 pixels" in aigc(*words).stdout
