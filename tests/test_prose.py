"""The mechanical rules of the course's prose."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

import prose


@pytest.mark.parametrize("path", prose.files(), ids=lambda path: path.stem)
def test_no_sentence_uses_a_phrase_that_misleads(path: Path) -> None:
    found = prose.measured(path).phrases()
    assert [f"{s.place}: {phrase!r}, {advice}" for s, phrase, advice in found] == []


def test_long_and_verbless_sentences_are_few() -> None:
    every = [s for path in prose.files() for s in prose.measured(path).sentences]
    whole = prose.Measures(every)
    shares = {what: len(whole.of(what)) / len(every) for what in prose.LIMITS}
    assert len(every) > 3_000
    over = {what: s for what, s in shares.items() if s > prose.LIMITS[what]}
    assert over == {}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One sentence. And a second one.", 2),
        ("By Goodfellow et al. 2014 it holds. $$a = b. \\tag{1.1}$$ Then stop.", 3),
        ("It is\n\n$$a = b, \\tag{1.1}$$\n\nwhere a is 1. Stop here.", 2),
        ("# A heading\n\n| a | table |\n\n- an item ends\n- another item ends", 2),
        ("A claim.\n\n## References\n\n- Kingma, D. Auto. ICLR 2014.", 1),
        ("```\naigc train. Run it. Now.\n```\nDone is done.", 1),
    ],
)
def test_sentences_are_counted_as_a_reader_counts_them(text: str, count: int) -> None:
    assert len(list(prose.sentences("here", text))) == count


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("A density is no probability.", True),
        ("There is no total loss.", False),
        ("There is no more to say.", False),
        ("One hears that this works.", True),
        ("Nobody knows it.", True),
        ("The generator pays for it.", True),
    ],
)
def test_a_phrase_is_found(text: str, broken: bool) -> None:
    found = prose.Measures(list(prose.sentences("here", text))).phrases()
    assert bool(found) is broken


def test_a_sentence_without_a_verb_is_found() -> None:
    found = prose.Measures(list(prose.sentences("x", "Fog on top. It works.")))
    assert [s.text for s in found.of("without a verb")] == ["Fog on top."]


@pytest.mark.parametrize(("words", "over"), [(25, []), (26, [25]), (36, [25, 35])])
def test_long_sentences_are_counted(words: int, over: list[int]) -> None:
    text = "It works " + "well " * (words - 3) + "now."
    found = prose.Measures(list(prose.sentences("x", text)))
    assert [most for most in (25, 35) if found.of(f"over {most} words")] == over
