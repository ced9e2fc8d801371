"""A learner's predictions: noted before, shown beside what was measured."""

import json

import numpy as np
import pytest
import torch

from aigc_course import checks
from aigc_course.checks import guesses as module
from aigc_course.errors import CourseError


@pytest.fixture(autouse=True)
def own_place(tmp_path, monkeypatch):
    monkeypatch.setenv("AIGC_STATE", str(tmp_path / "state"))
    module._session.clear()
    yield
    module._session.clear()


def told(capsys):
    return " ".join(capsys.readouterr().out.split())


def restart():
    """What a new kernel knows."""
    module._session.clear()


def test_an_answer_is_noted_and_shown_beside_the_measured_value(capsys):
    checks.predict("05.fast-share", 40, unit="%")
    assert "You predict 40 %." in told(capsys)
    checks.measured("05.fast-share", 12.345)
    assert "You predicted 40 %. Measured: 12.3 %." in told(capsys)
    table = str(checks.predictions("05"))
    assert "fast share" in table and "40" in table and "12.3" in table


@pytest.mark.parametrize(
    "answer", [3, 3.0, np.float32(3), np.array(3), torch.tensor(3.0), torch.ones(1) * 3]
)
def test_a_number_may_be_of_any_kind(answer, capsys):
    checks.predict("05.depth", answer)
    assert "You predict 3." in told(capsys)


def test_no_answer_stops_nothing_and_leaves_no_file(capsys):
    checks.predict("05.depth", ...)
    assert "write a number in the place of `...`" in told(capsys)
    checks.measured("05.depth", 7)
    assert told(capsys) == "Prediction 05.depth Measured: 7."
    assert "–" in str(checks.predictions("05"))
    assert not module.place().exists()


@pytest.mark.parametrize(
    "answer", ["many", None, float("nan"), float("inf"), True, [1, 2], torch.ones(2)]
)
def test_what_is_no_number_is_told_and_the_notebook_goes_on(answer, capsys):
    checks.predict("05.depth", answer)
    assert "The answer is a finite number" in told(capsys)
    checks.measured("05.depth", 7)
    assert "You predicted" not in told(capsys)


def test_words_to_choose_from(capsys):
    options = ("rises", "falls")
    checks.predict("06.curve", ..., options=options)
    assert 'write "rises" or "falls" in the place' in told(capsys)
    checks.predict("06.curve", "stays", options=options)
    assert 'The answer is "rises" or "falls", not \'stays\'.' in told(capsys)
    checks.predict("06.curve", "rises", options=options)
    checks.measured("06.curve", "falls")
    assert 'You predicted "rises". Measured: "falls".' in told(capsys)


def test_the_answer_is_still_there_in_a_new_session(capsys):
    checks.predict("05.depth", 3)
    restart()
    checks.predict("05.depth", ...)
    assert "Your earlier answer stands: 3." in told(capsys)
    checks.measured("05.depth", 7)
    assert "You predicted 3. Measured: 7." in told(capsys)
    restart()
    assert "3" in str(checks.predictions("05"))


def test_an_answer_after_the_measurement_is_called_so(capsys):
    checks.predict("05.depth", 3)
    checks.measured("05.depth", 7)
    checks.predict("05.depth", 3)  # the same cell once more
    assert "changed after" not in told(capsys)
    restart()
    checks.predict("05.depth", 7)
    assert "changed after the measurement" in told(capsys)
    checks.predict("05.depth", 7)
    assert "changed after the measurement" in str(checks.predictions("05"))


def test_chapters_are_kept_apart():
    checks.predict("05.depth", 3)
    checks.predict("06.width", 4)
    assert "width" not in str(checks.predictions("05"))
    assert "asked for none" in str(checks.predictions("07"))


def test_what_was_not_asked_for_cannot_be_measured():
    with pytest.raises(CourseError, match="run the cell with"):
        checks.measured("05.nothing", 1)
    checks.predict("05.depth", 3)
    with pytest.raises(CourseError, match="a number or a word"):
        checks.measured("05.depth", [1, 2])


def test_a_folder_that_cannot_be_written_is_said(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AIGC_STATE", str(tmp_path / "file"))
    checks.predict("05.depth", 3)
    assert "could not be saved" in told(capsys)
    checks.measured("05.depth", 7)
    assert "You predicted 3." in told(capsys)


@pytest.mark.parametrize("content", ["", "[]", '{"05.depth": 3}', "{", '{"a": {}}'])
def test_a_damaged_file_counts_as_none(content, capsys):
    module.place().parent.mkdir(parents=True)
    module.place().write_text(content)
    checks.predict("05.depth", 3)
    assert "You predict 3." in told(capsys)
    assert json.loads(module.place().read_text())["05.depth"]["answer"] == 3


def test_all_can_be_forgotten():
    checks.predict("05.depth", 3)
    checks.forget_predictions()
    checks.forget_predictions()
    assert not module.place().exists()
    assert "asked for none" in str(checks.predictions("05"))


def test_the_table_is_a_table_for_screen_readers_too():
    checks.predict("05.a<b", 3, unit="%")
    html = checks.predictions("05")._repr_html_()
    assert '<th scope="col">measured</th>' in html and "a&lt;b" in html
