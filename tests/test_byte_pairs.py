"""Byte pairs: known merges, any text comes back, the merges of another library."""

import json

import pytest
import torch

from aigc_course.attention.byte_pairs import BYTES, PIECES, BytePairs, merge
from aigc_course.data.sequences import text
from aigc_course.errors import CourseError


@pytest.fixture(scope="module")
def pairs() -> BytePairs:
    return BytePairs.train(text("shakespeare").train[:40_000], 200)


@pytest.mark.parametrize(
    "asked", ["", "To be, or not", "牀前看月光，", "a\0\n\n\t é😀"]
)
def test_any_text_comes_back(pairs: BytePairs, asked: str) -> None:
    assert pairs.decode(pairs.encode(asked)) == asked


def test_no_token_reaches_over_the_end_of_a_word(pairs: BytePairs) -> None:
    for symbol in pairs.symbols[BYTES:]:
        assert b" " not in symbol[1:] or not symbol.strip()


def test_a_longer_vocabulary_makes_fewer_tokens(pairs: BytePairs) -> None:
    valid = text("shakespeare").valid[:5_000]
    few = BytePairs(pairs.merges[:50])
    assert len(pairs.encode(valid)) < len(few.encode(valid)) < len(valid)


def test_the_known_example() -> None:
    """Sennrich et al. 2016, figure 1: the first merges of low, lowest, newer, wider."""
    words = "low " * 5 + "lowest " * 2 + "newer " * 6 + "wider " * 3
    found = BytePairs.train(words, 1)
    assert found.symbols[BYTES] == b"er"  # 9 times


def test_merges_stop_where_no_pair_is_left() -> None:
    assert BytePairs.train("ab", 10).merges == [(ord("a"), ord("b"))]
    assert BytePairs.train("a", 3).size == BYTES


def test_equal_counts_take_the_smaller_numbers() -> None:
    assert BytePairs.train("cd\nab", 1).merges == [(ord("a"), ord("b"))]


def test_merge_goes_from_left_to_right() -> None:
    assert merge([5, 5, 5, 5, 5], (5, 5), 7) == [7, 7, 5]
    assert merge([], (1, 2), 7) == []


def test_a_vocabulary_is_kept(pairs: BytePairs) -> None:
    again = BytePairs.from_dict(pairs.to_dict())
    assert again.symbols == pairs.symbols and again.merges == pairs.merges


@pytest.mark.parametrize(
    "saved",
    [
        {},
        {"kind": "byte pairs", "merges": "ab"},
        {"kind": "byte pairs", "merges": [[1, 2, 3]]},
        {"kind": "byte pairs", "merges": [[1, "2"]]},
        {"kind": "byte pairs", "merges": [[1, 256]]},
        {"kind": "byte pairs", "merges": [[-1, 2]]},
    ],
)
def test_a_damaged_vocabulary_is_refused(saved: dict) -> None:
    with pytest.raises(CourseError):
        BytePairs.from_dict(saved)


@pytest.mark.parametrize(
    "ask", [lambda: BytePairs.train("", 1), lambda: BytePairs.train("ab", -1)]
)
def test_refused(ask: object) -> None:
    with pytest.raises(CourseError):
        ask()  # type: ignore[operator]


def test_tokens_out_of_range_are_refused(pairs: BytePairs) -> None:
    with pytest.raises(CourseError, match="Tokens go from 0 to"):
        pairs.decode(torch.tensor([pairs.size]))


@pytest.mark.slow
def test_the_merges_are_those_of_tokenizers() -> None:
    """500 merges, one for one, on all plays that are learnt from."""
    tokenizers = pytest.importorskip("tokenizers")
    train = text("shakespeare").train

    def as_characters(piece: str) -> str:
        return piece.encode().decode("latin-1")  # a character for each byte

    theirs = tokenizers.Tokenizer(tokenizers.models.BPE())
    size = len(set(as_characters(train))) + 500
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=size, show_progress=False)
    pieces = map(as_characters, PIECES.findall(train))
    theirs.train_from_iterator(pieces, trainer)
    ours = BytePairs.train(train, 500)
    merges = json.loads(theirs.to_str())["model"]["merges"]
    strings = [
        [ours.symbols[i].decode("latin-1") for i in pair] for pair in ours.merges
    ]
    assert [list(pair) for pair in merges] == strings
    valid = text("shakespeare").valid[:20_000]
    found = [theirs.encode(as_characters(p)).tokens for p in PIECES.findall(valid)]
    mine = [ours.symbols[i].decode("latin-1") for i in ours.encode(valid).tolist()]
    assert [token for piece in found for token in piece] == mine
