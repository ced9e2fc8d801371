"""`aigc level` as a person uses it."""

import numpy as np
import pytest
from click.testing import CliRunner, Result

from aigc_course.apps.levels import finder, maker, rivals, solver, tiles
from aigc_course.apps.levels.corpus import corpus
from aigc_course.apps.levels.writer import Asked
from aigc_course.cli import OneSentence
from aigc_course.commands.level import level
from aigc_course.errors import CourseError
from aigc_course.widgets import sokoban

aigc_group = OneSentence("aigc", commands={"level": level})


def aigc(*words: object) -> Result:
    return CliRunner().invoke(aigc_group, [str(word) for word in words])


def refused(result: Result, words: str) -> None:
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("aigc: ") and result.stderr.count("\n") == 1
    assert words in result.stderr


def test_levels_are_written_and_solved_again(tmp_path) -> None:
    out = tmp_path / "levels.txt"
    result = aigc("level", "--boxes", 2, "--n", 3, "--seed", 5, "--out", out)
    assert result.exit_code == 0, result.output
    assert "3 levels with 2 boxes" in result.output
    levels = tiles.read(out.read_text())
    assert len(levels) == 3
    for one in levels:
        assert solver.solve(one).verdict == "solved"
        assert tiles.count(one, tiles.BOXES) == 2
    again = tmp_path / "again.txt"
    aigc("level", "--boxes", 2, "--n", 3, "--seed", 5, "--out", again)
    assert again.read_text() == out.read_text()
    told = aigc("level", "--check", out)
    assert told.exit_code == 0 and told.output.count(" pushes, ") == 3


def test_a_file_that_exists_is_kept(tmp_path) -> None:
    out = tmp_path / "levels.txt"
    out.write_text("mine")
    refused(aigc("level", "--out", out), "exists")
    assert out.read_text() == "mine"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "--out FILE"),
        (("--boxes", 0), "0"),
        (("--boxes", 4), "4"),
        (("--moves", 1), "1"),
        (("--n", 0), "0"),
        (("--seed", -1), "-1"),
    ],
)
def test_requests_out_of_range_leave_nothing(tmp_path, options, says) -> None:
    out = tmp_path / "levels.txt"
    result = aigc("level", *options, *(("--out", out) if options else ()))
    assert result.exit_code == 2 and says in result.stderr
    assert not out.exists() and not list(tmp_path.iterdir())


def test_a_request_that_fails_too_often_is_given_up() -> None:
    with pytest.raises(CourseError, match="Among 2 levels with 1 box only 0"):
        finder.solvable(Asked(1, 40), 5, seed=0, most=2)


def test_levels_are_as_asked_and_differ() -> None:
    found = finder.solvable(Asked(2, 25), 6, seed=1, most=2_000)
    assert all(23 <= moves <= 27 for moves in found.moves)
    for one, moves in zip(found.levels, found.moves, strict=True):
        assert solver.fewest_moves(one)[0] == moves
    assert len({tiles.canonical(level) for level in found.levels}) == 6 <= found.made


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no level"),
        ("#####\n#@ .#\n#####\n", "at least one box"),
        ("######\n#$ @ #\n#  . #\n######\n", "Level 1 of"),
        ("#####\n#@$.#\n#####\n\n#####\n#@?.#\n#####\n", "Level 2"),
    ],
)
def test_broken_and_impossible_levels_are_one_sentence(tmp_path, text, says) -> None:
    path = tmp_path / "in.txt"
    path.write_text(text)
    refused(aigc("level", "--check", path), says)


def test_what_is_no_text_is_refused(tmp_path) -> None:
    path = tmp_path / "in.txt"
    path.write_bytes(b"\xff\xfe\x00#")
    refused(aigc("level", "--check", path), "no text in UTF-8")
    refused(aigc("level", "--check", tmp_path / "none.txt"), "There is no file")


def test_the_lab_offers_levels_with_solutions(monkeypatch, capsys) -> None:
    monkeypatch.setenv("AIGC_FAST", "1")
    levels = list(corpus(7, seed=3).tiles)
    assert sokoban.level_lab(levels) is None
    told = capsys.readouterr().out
    assert "Levels to play: 1: " in told and "player at row" in told
    offered = sokoban._offered(1, levels[0])
    assert len(offered["solution"]) >= offered["shortest"] > 0
    assert tiles.read(offered["text"])[0].shape == levels[0].shape


def test_the_lab_refuses_what_cannot_be_played() -> None:
    import random

    with pytest.raises(CourseError, match="1 to 24 levels"):
        sokoban.level_lab([])
    one = maker.make(1, random.Random(0)).level.copy()
    one[one == tiles.PLAYER] = tiles.FLOOR
    with pytest.raises(CourseError, match="one player"):
        sokoban.level_lab([one])


def test_a_live_lab_carries_its_picture(monkeypatch) -> None:
    pytest.importorskip("anywidget")
    monkeypatch.delenv("AIGC_FAST", raising=False)
    widget = sokoban.level_lab(list(corpus(2, seed=3).tiles))
    mime, metadata = widget._repr_mimebundle_()
    assert mime["image/png"] and mime["text/plain"].startswith("Figure: Levels")
    assert mime["text/plain"].endswith(metadata["image/png"]["alt"])
    assert len(widget.offer["levels"]) == 2
    impossible = rivals.changed(corpus(1, seed=3).tiles, np.random.default_rng(0))
    assert sokoban._offered(1, impossible[0])["text"]
