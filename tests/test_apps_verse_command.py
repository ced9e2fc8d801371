"""`aigc verse` as a person uses it."""

import pytest
from click.testing import CliRunner, Result

from aigc_course.apps.verse import forms, measure
from aigc_course.cli import OneSentence
from aigc_course.commands.verse import verse

aigc_group = OneSentence("aigc", commands={"verse": verse})


def aigc(*words: object) -> Result:
    return CliRunner().invoke(aigc_group, [str(word) for word in words])


def refused(result: Result, words: str) -> None:
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("aigc: ") and result.stderr.count("\n") == 1
    assert words in result.stderr


@pytest.mark.parametrize("size", [5, 7])
def test_poems_keep_the_rules_and_the_acrostic(size: int) -> None:
    words = ("verse", "--acrostic", "春江花月", "--n", 3, "--seed", 5, "--size", size)
    result = aigc(*words)
    assert result.exit_code == 0, result.output
    poems = result.output.strip().split("\n\n")
    assert len(poems) == 3
    for poem in poems:
        verdict, parts = forms.judge(poem.replace("\n", "")), forms.lines(poem)
        assert verdict.regular and verdict.rhyme and len(parts[0]) == size
        assert measure.keeps(parts, "春江花月")
    assert aigc(*words).output == result.output


def test_a_file_is_written_once(tmp_path) -> None:
    out = tmp_path / "poems.txt"
    result = aigc("verse", "--n", 2, "--out", out)
    assert result.exit_code == 0 and "2 poems" in result.output
    assert len(out.read_text("utf-8").strip().split("\n\n")) == 2
    before = out.read_bytes()
    refused(aigc("verse", "--out", out), "exists")
    assert out.read_bytes() == before
    assert aigc("verse", "--seed", 1, "--out", out, "--overwrite").exit_code == 0
    assert out.read_bytes() != before


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--acrostic", "春江"), "four characters"),
        (("--acrostic", "春江花月夜"), "four characters"),
        (("--acrostic", "东江花月"), "traditional"),
        (("--acrostic", "abcd"), "does not know"),
        (("--size", 6), "6"),
        (("--n", 0), "0"),
        (("--n", 1_000), "1000"),
        (("--seed", -1), "-1"),
        (("--temperature", 0), "temperature"),
        (("--temperature", "nan"), "finite"),
        (("--out", "poems.mid"), ".txt"),
    ],
)
def test_what_cannot_be_is_refused(options, says, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    refused(aigc("verse", *options), says)
    assert not list(tmp_path.iterdir())
