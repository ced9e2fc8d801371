"""Texts that come with the course, vocabularies, and windows of a text."""

import re
import sys
from pathlib import Path

import pytest
import torch

from aigc_course.attention.tokens import REPLACEMENT, Characters
from aigc_course.data.idx import DataError
from aigc_course.data.sequences import Windows, text
from aigc_course.data.sequences.text import FOLDER, TEXTS
from aigc_course.errors import CourseError


@pytest.mark.parametrize("name", TEXTS)
def test_no_work_stands_on_both_sides(name: str) -> None:
    """A long line of validation is seldom a line that is learnt from."""
    corpus = text(name)
    learnt = set(corpus.train.splitlines())
    lines = [line for line in corpus.valid.splitlines() if len(line) > 15]
    shared = sum(line in learnt for line in lines)
    assert shared <= 0.01 * len(corpus.valid.splitlines())
    assert 0.08 < len(corpus.valid) / len(corpus.train) < 0.14


@pytest.mark.parametrize("name", TEXTS)
def test_the_card_says_what_is_there(name: str) -> None:
    corpus = text(name)
    assert f"{len(corpus.train):,}" in corpus.card
    assert f"{len(corpus.valid):,}" in corpus.card
    assert "**Licence.**" in corpus.card
    assert corpus.licence.split(",")[0] in corpus.card


def test_the_validation_play_is_another_one() -> None:
    plays = text("shakespeare")
    assert plays.valid.startswith("TWELFTH NIGHT")
    assert "Malvolio" not in plays.train and "MALVOLIO" not in plays.train
    assert len(plays.symbols) == 76


def test_every_poem_has_its_form_and_stands_once() -> None:
    verse = text("verse")
    poems = (verse.train + verse.valid).splitlines()
    form = re.compile(r"(.{5}，.{5}。.{5}，.{5}。)|(.{7}，.{7}。.{7}，.{7}。)")
    assert len(set(poems)) == len(poems) == 9_102
    assert all(form.fullmatch(poem) for poem in poems)


def test_a_damaged_text_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = (FOLDER / "names.xz").read_bytes()
    # `sequences.text` is the function: the module of that name is found here alone
    module = sys.modules["aigc_course.data.sequences.text"]
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    raw = text.__wrapped__  # without what is remembered
    with pytest.raises(DataError, match="cannot be read"):
        raw("names")
    (tmp_path / "names.xz").write_bytes(whole[:-40])
    with pytest.raises(DataError, match="damaged"):
        raw("names")
    (tmp_path / "names.xz").write_bytes((FOLDER / "sonnets.xz").read_bytes())
    with pytest.raises(DataError, match="not the text as shipped"):
        raw("names")
    with pytest.raises(CourseError, match="Texts are"):
        raw("Shakespeare")


def test_characters_come_back() -> None:
    plays = text("shakespeare")
    letters = Characters(plays.symbols)
    tokens = letters.encode(plays.valid)
    assert letters.decode(tokens) == plays.valid
    assert letters.size == 76 and int(tokens.max()) < 76
    again = Characters.from_dict(letters.to_dict())
    assert again.symbols == letters.symbols and not again.replace


def test_unknown_characters_are_named_or_replaced() -> None:
    with pytest.raises(CourseError, match="'z' is not in the vocabulary of 2"):
        Characters("ab").encode("abz")
    loose = Characters("ab", replace=True)
    assert loose.decode(loose.encode("azb")) == f"a{REPLACEMENT}b"
    assert Characters.from_dict(loose.to_dict()).replace


@pytest.mark.parametrize(
    "saved",
    [
        {},
        {"kind": "pairs", "symbols": "ab"},
        {"kind": "characters", "symbols": ["a"]},
        {"kind": "characters", "symbols": "ba"},
        {"kind": "characters", "symbols": "aab"},
        {"kind": "characters", "symbols": "ab", "replace": 1},
    ],
)
def test_a_damaged_vocabulary_is_refused(saved: dict) -> None:
    with pytest.raises(CourseError):
        Characters.from_dict(saved)


def test_windows_are_pieces_of_the_text_and_go_on_where_they_were() -> None:
    tokens = torch.arange(50)
    batches = Windows(tokens, context=8, batch_size=4, seed=3)
    first = [next(batches) for _ in range(3)]
    for window in torch.cat(first):
        assert torch.equal(window, torch.arange(9) + window[0])
    again = Windows(tokens, 8, 4)
    saved = batches.state_dict()
    later = next(batches)
    again.load_state_dict(saved)
    assert torch.equal(next(again), later)
    assert batches.per_epoch == 1
    ends = {int(w[-1]) for _ in range(200) for w in next(batches)}
    assert max(ends) == 49  # the last token is a target, too


@pytest.mark.parametrize(
    "arguments",
    [
        (torch.arange(8), 8, 1),
        (torch.arange(8), 0, 1),
        (torch.arange(8), 2, 0),
        (torch.arange(8), 2, 1, -1),
        (torch.arange(8.0), 2, 1),
        (torch.zeros(2, 8).long(), 2, 1),
    ],
)
def test_windows_refuse(arguments: tuple) -> None:
    with pytest.raises(CourseError):
        Windows(*arguments)
