"""The field lab without a browser: what the page sends and what it gets."""

import json
from typing import Any

import numpy as np
import pytest
import torch

from aigc_course import widgets
from aigc_course.errors import CourseError
from aigc_course.widgets import field, stage
from aigc_course.widgets.field import FieldDesk, field_figure
from aigc_course.widgets.field_game import (
    PARTICLES,
    SIDE,
    WORLDS,
    FieldGame,
    FieldSettings,
    PointLearner,
)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> FieldDesk:
    monkeypatch.setattr(field, "WORK", 0.001)
    return FieldDesk(FieldGame())


def frame(desk: FieldDesk, kind: str, **more: Any) -> dict[str, Any]:
    header, buffers = desk.answer({"kind": kind, **more})
    assert header["kind"] == "frame", header
    json.dumps(header, allow_nan=False)
    names = [name for name, _ in header["arrays"]]
    arrays = [np.frombuffer(part, "<f4") for part in buffers]
    return {**header, **dict(zip(names, arrays, strict=True))}


def refused(desk: FieldDesk, kind: Any, **more: Any) -> str:
    header, buffers = desk.answer({"kind": kind, **more})
    assert header["kind"] == "refused" and buffers == []
    return header["text"]


def test_the_first_answer_is_complete(desk: FieldDesk) -> None:
    seen = frame(desk, "hello")
    assert seen["t"] == 0 and seen["trained"] == 0 and seen["loss"] is None
    assert len(seen["exact"]) == len(seen["learned"]) == 2 * SIDE**2
    assert len(seen["places"]) == 2 * SIDE**2 and len(seen["real"]) == 400
    for name in ("exactPaths", "learnedPaths"):
        assert len(seen[name]) == (8 + 1) * PARTICLES * 2
    assert seen["evaluations"] == 8 and not seen["done"]


def test_ticks_move_the_clock_to_the_end_and_then_back(desk: FieldDesk) -> None:
    first = frame(desk, "tick", id=3)
    assert first["id"] == 3 and first["t"] == pytest.approx(0.025)
    assert "real" not in first and "exactPaths" in first  # new: nobody said hello
    desk.game.t = 0.9999
    last = frame(desk, "tick", id=4)
    assert last["t"] <= 1 and "exactPaths" not in last
    desk.game.t = 1.0
    assert frame(desk, "hello")["done"]
    assert frame(desk, "tick", id=5)["t"] == 1  # one more was under way
    assert frame(desk, "move", name="start")["t"] == 0
    desk.game.t = 1.0
    frame(desk, "set", settings={"train": True})
    assert frame(desk, "tick", id=6)["t"] == 0


def test_single_moves_and_training_while_playing(desk: FieldDesk) -> None:
    assert frame(desk, "move", name="step")["t"] == 1 / 8
    desk.game.t = 0.3
    assert frame(desk, "move", name="step")["t"] == 3 / 8
    before = frame(desk, "hello")
    after = frame(desk, "move", name="train")
    assert after["trained"] == 100 and after["gap"] < before["gap"]
    trained = frame(desk, "set", settings={"train": True})["trained"]
    assert frame(desk, "tick", id=0)["trained"] > trained
    assert frame(desk, "reset")["trained"] == 0


def test_settings_change_what_is_computed(desk: FieldDesk) -> None:
    rough = frame(desk, "hello")
    asked = {"solver": "rk4", "steps": 16, "label": "A", "guidance": 2}
    fine = frame(desk, "set", settings=asked)
    assert fine["evaluations"] == 4 * 16 * 2
    assert fine["apart"]["exact"] < rough["apart"]["exact"]
    assert fine["near"]["exact"] > 0.9  # near the modes of A
    half = torch.from_numpy(fine["exactPaths"].copy()).reshape(17, PARTICLES, 2)[-1]
    means = WORLDS["ring"].mixture("B").means
    assert float((half[:, None] - means).norm(dim=2).min()) > 0.5  # far from B's
    assert frame(desk, "set", settings={"data": "two"})["trained"] == 0


def test_a_learned_field_comes_near_to_the_exact_one() -> None:
    game = FieldGame(FieldSettings("two", "heun", 8))
    game.solve()
    before = game.gap(), game.apart("learned")
    game.practise(150)
    game.solve()
    assert game.gap() < before[0] and game.apart("learned") < before[1] / 2
    assert game.near("learned") > 0.7
    assert torch.equal(
        PointLearner(WORLDS["two"]).net[0].weight,
        FieldGame(FieldSettings("two")).learner.net[0].weight,
    )


def test_the_global_random_numbers_are_left_alone() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    FieldGame().practise(1)
    assert torch.equal(torch.get_rng_state(), before)


def test_refusals_are_sentences(desk: FieldDesk) -> None:
    assert "no message 'dance'" in refused(desk, "dance")
    assert "no move 'x'" in refused(desk, "move", name="x")
    assert "no setting colour" in refused(desk, "set", settings={"colour": 1})
    assert "1 to 64 steps" in refused(desk, "set", settings={"steps": 0})
    assert "no solver 'x'" in refused(desk, "set", settings={"solver": "x"})
    assert "Guidance lies" in refused(desk, "set", settings={"guidance": float("nan")})
    assert frame(desk, "hello")["settings"] == vars(FieldSettings())
    with pytest.raises(CourseError, match=r"no data .* there are two, ring"):
        widgets.field_lab("spiral")


def test_without_a_widget_there_is_a_figure_with_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AIGC_FAST", "1")
    assert widgets.field_lab("two", steps=1, label="A", guidance=2) is None
    told = capsys.readouterr().out
    assert "1 step of the solver euler, label A with guidance 2" in told


def test_a_live_lab_carries_its_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("anywidget")
    monkeypatch.delenv("AIGC_FAST", raising=False)
    monkeypatch.setattr(stage, "fast_mode", lambda: False)
    monkeypatch.setattr(field, "STEPS", 3)
    widget = widgets.field_lab(steps=5)
    mime, metadata = widget._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in mime
    assert "after 3 training steps" in metadata["image/png"]["alt"]
    assert widget.offer["steps"] == [1, 2, 3, 4, 5, 6, 8, 12, 16, 32]


def test_the_figure_has_a_panel_for_each_field(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIGC_FAST", "1")
    figure, words = field_figure(FieldSettings("points", "heun", 4))
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["Exact field", "Learned field, 5 training steps"]
    assert "data set points" in words
