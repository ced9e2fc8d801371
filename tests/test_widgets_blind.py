"""The blind test: what is asked, what is kept, what is said, and by which keys."""

import json
import re
from pathlib import Path

import pytest
import torch

from aigc_course import widgets
from aigc_course.errors import CourseError
from aigc_course.widgets import blind, blind_page


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, the bundled digits, and a small machine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(blind, "JUDGED", 60)
    for name, value in {"AIGC_DATA": "", "AIGC_OFFLINE": "1"}.items():
        monkeypatch.setenv(name, value)
    for kept in (blind._quiz, blind._test, blind._machine):
        kept.cache_clear()


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ipywidgets")
    monkeypatch.delenv("AIGC_FAST", raising=False)


def buttons(widget) -> dict:
    return {button.description: button for button in widget.children[2].children}


def test_a_quiz_is_the_same_each_time_and_mixed() -> None:
    asked = blind.quiz()
    blind._quiz.cache_clear()
    assert torch.equal(asked.images, blind.quiz().images)
    assert asked.images.shape == (20, 1, 28, 28)
    assert asked.images.dtype == torch.uint8
    assert 4 <= asked.truth.count("r") <= 16 and set(asked.truth) == {"r", "g"}
    assert blind.quiz(seed=1).truth != asked.truth


def test_what_is_called_real_is_a_test_digit() -> None:
    asked = blind.quiz(30)
    known = {row.tobytes() for row in blind._test().images.numpy()}
    for image, is_a in zip(asked.images.numpy(), asked.truth, strict=True):
        assert (image.tobytes() in known) == (is_a == "r")


@pytest.mark.parametrize("n", [0, 101])
def test_lengths_that_make_no_test_are_refused(n: int) -> None:
    with pytest.raises(CourseError, match="1 to 100"):
        widgets.blind_test(n)


def test_the_intervals_and_sentences() -> None:
    truth = blind.quiz().truth
    result = widgets.blind_answers(" ".join(truth).upper())
    assert (result.answered, result.right, result.of) == (20, 20, 20)
    low, high = result.interval
    assert low == pytest.approx(1 / (1 + 1.96**2 / 20), abs=1e-3) and high == 1
    assert "20 of 20 right" in str(result) and "better than guessing" in str(result)
    wrong = truth.translate({ord("r"): "g", ord("g"): "r"})
    assert "worse than guessing" in str(widgets.blind_answers(wrong))
    half = truth[:10] + wrong[10:]
    said = str(widgets.blind_answers(half))
    assert "could be guessing" in said and "10 of 20" in said


def test_the_machine_is_asked_about_other_images() -> None:
    result = widgets.blind_answers("r, g; R g")
    assert result.answered == 4 and "16 images not answered" in str(result)
    assert result.machine is not None and result.machine.n == 60
    assert 0 <= result.machine.accuracy <= 1


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [("r g x", "letters r"), ("", "letters r"), ("r" * 21, "20 images, and 21")],
)
def test_answers_that_make_no_sense_are_refused(answers: str, sentence: str) -> None:
    with pytest.raises(CourseError, match=sentence):
        widgets.blind_answers(answers)
    assert not Path(blind.FILE).exists()


def test_no_answers_yet() -> None:
    assert "no answers yet" in str(widgets.blind_result())


def test_in_fast_mode_there_is_a_numbered_sheet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AIGC_FAST", "1")
    assert widgets.blind_test() is None
    assert "20 digits, numbered" in capsys.readouterr().out
    figure, _ = blind.sheet(blind.quiz())
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == [str(i) for i in range(1, 21)]
    assert not Path(blind.FILE).exists()  # a look is no answer


def test_without_ipywidgets_there_is_a_numbered_sheet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AIGC_FAST", raising=False)
    monkeypatch.setattr(blind, "find_spec", lambda name: None)
    assert widgets.blind_test() is None
    assert "blind_answers" in capsys.readouterr().out


def test_pressing_is_kept_and_resumed(live: None) -> None:
    first = widgets.blind_test(4)
    buttons(first)["Real"].click()
    buttons(first)["Generated"].click()
    kept = json.loads(Path(blind.FILE).read_text())
    assert kept["answers"] == "rg" and kept["n"] == 4
    again = widgets.blind_test(4)
    assert "Image 3 of 4" in again.children[0].value
    buttons(again)["Back"].click()
    assert "Image 2 of 4" in again.children[0].value
    for _ in range(3):
        buttons(again)["Generated"].click()
    assert "All 4 answered" in again.children[0].value
    assert again.children[1].value == ""
    assert buttons(again)["Real"].disabled and not buttons(again)["Back"].disabled
    assert widgets.blind_result().answered == 4


def test_images_and_changes_are_said_to_screen_readers(live: None) -> None:
    widget = widgets.blind_test(3)
    said, shown = (child.value for child in widget.children[:2])
    assert 'aria-live="polite"' in said
    alt = re.search(r'alt="([^"]+)"', shown)
    assert alt and "Image 1" in alt[1]
    assert not any(word in shown for word in ("real", "generated"))


def test_read_without_a_kernel_it_is_the_sheet(live: None) -> None:
    mime, metadata = widgets.blind_test(3)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in mime
    assert mime["image/png"] and mime["text/plain"].startswith("Figure: 3 digits")
    assert metadata["image/png"]["alt"]


@pytest.mark.parametrize(
    "content",
    ["{", "[]", '{"n": 20}', '{"n": 1, "seed": 0, "digest": "", "answers": "rg"}']
    + ['{"n": 20, "seed": 0, "digest": "", "answers": "no"}'],
)
def test_a_damaged_file_is_said_and_left_alone(content: str) -> None:
    Path("kept.json").write_text(content)
    for call in (widgets.blind_test, widgets.blind_result):
        with pytest.raises(CourseError, match="kept.json cannot be read"):
            call(file="kept.json")
    assert Path("kept.json").read_text() == content


def test_answers_to_other_images_are_not_mixed_in() -> None:
    widgets.blind_answers("rg", n=5, seed=3)
    with pytest.raises(CourseError, match="other images"):
        widgets.blind_test()
    assert widgets.blind_result().of == 5


def test_further_presses_change_nothing() -> None:
    asked = blind.quiz(2)
    assert blind_page.after("rg", "Real", asked) == "rg"
    assert blind_page.after("r", "Generated", asked) == "rg"
    assert blind_page.after("", "Back", asked) == ""
