"""Labs without a browser: what the page sends and what it gets."""

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from aigc_course import gan, metrics, theory
from aigc_course.errors import CourseError
from aigc_course.gan import line
from aigc_course.widgets import explorer, line_game, replies
from aigc_course.widgets.arena import Arena, Settings
from aigc_course.widgets.line_game import LineDesk, LineGame, LineSettings
from aigc_course.widgets.replies import PlaneDesk

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def short_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replies, "WORK", 0.002)


@pytest.fixture
def desk() -> PlaneDesk:
    return PlaneDesk(Arena(Settings(width=16)))


def frame(desk: replies.Desk, kind: str, **more: Any) -> dict[str, Any]:
    """The answer, its arrays unpacked beside its header."""
    header, buffers = desk.answer({"kind": kind, **more})
    assert header["kind"] == "frame", header
    json.dumps(header, allow_nan=False)
    names = [name for name, _ in header["arrays"]]
    arrays = [np.frombuffer(part, "<f4") for part in buffers]
    return {**header, **dict(zip(names, arrays, strict=True))}


def refused(desk: replies.Desk, kind: Any, **more: Any) -> str:
    header, buffers = desk.answer({"kind": kind, **more})
    assert header["kind"] == "refused" and buffers == []
    return header["text"]


# the GAN lab


def test_the_first_answer_is_complete(desk: PlaneDesk) -> None:
    seen = frame(desk, "hello")
    assert seen["rounds"] == 0 and seen["modes"] == 8 and seen["id"] is None
    assert seen["readings"] == dict.fromkeys(("D", "G", "D(x)", "D(G(z))"))
    assert len(seen["values"]) == seen["surface"]["rows"] * seen["surface"]["cols"]
    assert len(seen["points"]) == 2 * seen["lattice"]["rows"] * seen["lattice"]["cols"]
    assert len(seen["starts"]) == len(seen["slopes"]) and len(seen["real"]) == 600


def test_a_tick_plays_and_answers_with_its_id(desk: PlaneDesk) -> None:
    frame(desk, "hello")
    seen = frame(desk, "tick", id=41)
    assert seen["id"] == 41 and seen["rounds"] >= 1 and "real" not in seen
    assert len(seen["history"]) == 5 and seen["history"][0] == seen["rounds"]


def test_a_frame_is_small_enough_for_jupyters_limit(desk: PlaneDesk) -> None:
    for _ in range(600):
        desk.game.history.append((0.0,) * 5)
    desk.game.note()
    desk.game.note()
    _, buffers = desk.answer({"kind": "tick", "id": 0})
    assert 30 * sum(map(len, buffers)) < 1_000_000  # bytes a second at 30 pictures


@pytest.mark.parametrize(("name", "moves"), [("d", (1, 0)), ("g", (0, 1))])
def test_single_steps(desk: PlaneDesk, name: str, moves: tuple[int, int]) -> None:
    seen = frame(desk, "move", name=name)
    assert (seen["d_moves"], seen["g_moves"]) == moves and seen["rounds"] == 0


def test_counts_are_those_of_the_metric(desk: PlaneDesk) -> None:
    desk.game.move("round", 5)
    seen = frame(desk, "hello")
    samples = desk.game.duel.generator(desk.game.counted)
    report = metrics.modes(samples, desk.game.centres, 0.01)  # type: ignore[arg-type]
    assert (seen["covered"], seen["quality"]) == (report.covered, report.high_quality)


def test_a_perfect_generator_covers_all(desk: PlaneDesk) -> None:
    class Perfect(gan.PointGenerator):
        def forward(self, z: torch.Tensor) -> torch.Tensor:
            angles = (z[:, 0] * 1000).round() * (math.pi / 4)
            return torch.stack([angles.cos(), angles.sin()], dim=1)

    desk.game.duel.generator = Perfect()
    desk.game.note()
    seen = frame(desk, "hello")
    assert (seen["covered"], seen["quality"]) == (8, 1.0)
    assert seen["history"][-2:].tolist() == [1, 1]


def test_rules_change_without_a_new_game_data_with_one(desk: PlaneDesk) -> None:
    frame(desk, "tick", id=0)
    rounds = desk.game.duel.rounds
    seen = frame(desk, "set", settings={"loss": "hinge", "lr_g": 3e-3, "d_steps": 5})
    assert seen["rounds"] == rounds and seen["settings"]["loss"] == "hinge"
    assert not seen["probability"]
    assert frame(desk, "set", settings={"width": 32})["rounds"] == 0
    assert desk.game.duel.generator.net[0].out_features == 32
    frame(desk, "tick", id=1)
    seen = frame(desk, "set", settings={"data": "grid"})
    assert seen["rounds"] == 0 and seen["modes"] == 25 and seen["bounds"][1] > 4
    assert len(seen["history"]) == 0


def test_reset_begins_the_same_game_anew(desk: PlaneDesk) -> None:
    first = frame(desk, "hello")
    frame(desk, "tick", id=0)
    again = frame(desk, "reset")
    assert again["rounds"] == 0 and np.array_equal(first["fake"], again["fake"])


@pytest.mark.parametrize("name", ["spiral", "moons"])
def test_data_without_modes_have_no_counts(name: str) -> None:
    seen = frame(PlaneDesk(Arena(Settings(name, width=16))), "tick", id=0)
    assert seen["modes"] == 0 and seen["covered"] is seen["quality"] is None
    assert np.isnan(seen["history"][-2:]).all()


def test_a_drawing_is_played_on_and_forgotten(desk: PlaneDesk) -> None:
    seen = frame(desk, "set", settings={"data": "drawn"})
    assert len(seen["real"]) == 0
    assert "Draw some points" in refused(desk, "tick", id=3)
    assert "Draw some points" in refused(desk, "move", name="d")
    seen = frame(desk, "draw", points=[0.5, 0.25, 0.5, 0.25])
    real = seen["real"].reshape(-1, 2)
    assert np.abs(real.mean(axis=0) - [0.5, 0.25]).max() < 0.01
    rounds = frame(desk, "tick", id=4)["rounds"]
    assert frame(desk, "draw", points=[-1.0, -1.0])["rounds"] == rounds >= 1
    assert desk.game.duel.points is desk.game.points
    assert len(frame(desk, "clear")["real"]) == 0


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ({"kind": "explode"}, "no message 'explode'"),
        ({"kind": "__init__"}, "no message"),
        ({"kind": "clock"}, "no message"),
        ({"kind": None}, "no message"),
        ({"kind": "move", "name": "x"}, "no move 'x'"),
        ({"kind": "set", "settings": {"data": "rong"}}, "no data set 'rong'"),
        ({"kind": "set", "settings": {"loss": "hope"}}, "no loss 'hope'"),
        ({"kind": "set", "settings": {"lr_d": -1}}, "Learning rates"),
        ({"kind": "set", "settings": {"width": 10**9}}, "A width"),
        ({"kind": "set", "settings": {"sede": 1}}, "no setting sede"),
        ({"kind": "set", "settings": {"lr_d": "x"}}, "not supported between"),
        ({"kind": "set", "settings": {"width": None}}, "not supported between"),
        ({"kind": "draw", "points": [1.0, 2.0, 3.0]}, "in pairs"),
        ({"kind": "draw", "points": [1.0, float("inf")]}, "finite"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(
    desk: PlaneDesk, message: dict[str, Any], sentence: str
) -> None:
    frame(desk, "tick", id=0)
    before = desk.game.settings, desk.game.duel.rounds
    assert sentence in refused(desk, **message)
    assert before == (desk.game.settings, desk.game.duel.rounds)


def test_a_game_that_diverges_is_still_shown() -> None:
    desk = PlaneDesk(Arena(Settings(width=16)))
    with torch.no_grad():
        for parameter in desk.game.duel.generator.parameters():
            parameter.fill_(float("nan"))
    seen = frame(desk, "tick", id=0)
    assert seen["covered"] is None and seen["readings"]["G"] is None


# the small labs


def test_on_a_line_the_best_d_is_that_of_the_theory() -> None:
    desk = LineDesk(LineGame())
    seen = frame(desk, "tick", id=1)
    p, q, best = (seen[name].astype(float) for name in ("p", "q", "best"))
    dense = p + q > 0.01
    assert best[dense] == pytest.approx((p / (p + q))[dense], abs=1e-4)
    gap = np.abs(seen["learnt"] - best)[desk.game.look().dense].mean()
    assert seen["gap"] == pytest.approx(gap, abs=1e-4)


def test_q_is_the_density_of_what_g_makes() -> None:
    game = LineGame()

    class Shift(gan.PointGenerator):
        def forward(self, z: torch.Tensor) -> torch.Tensor:
            return 0.5 * z + 1

    game.duel.generator = Shift(1, 1)
    wanted = theory.normal(game.p.x, 1, 0.5)
    assert theory.total_variation(game.look().q, wanted) < 0.01


def test_while_g_is_held_only_d_moves() -> None:
    desk = LineDesk(LineGame())
    frame(desk, "set", settings={"hold": True})
    seen = frame(desk, "tick", id=0)
    assert seen["d_moves"] >= 1 and seen["g_moves"] == seen["rounds"] == 0
    frame(desk, "set", settings={"hold": False, "d_steps": 2})
    seen = frame(desk, "reset")
    seen = frame(desk, "tick", id=1)
    assert seen["d_moves"] == 2 * seen["rounds"] > 0


def test_d_alone_finds_its_best() -> None:
    game = LineGame()
    before = game.look().error
    game.move("d", 300)
    assert game.look().error < 0.08 < before


def test_the_lab_is_the_game_that_chapter_02_trains() -> None:
    lab, trained = LineGame().duel, line.line_gan()
    assert lab.game == trained.game and lab.batch == line.BATCH
    assert lab.d_steps == trained.d_steps == 1
    for ours, theirs in (
        (lab.generator, trained.generator),
        (lab.discriminator, trained.discriminator),
    ):
        assert str(ours) == str(theirs)
    for mine, other in (
        (lab.g_adam, trained.g.adam),
        (lab.d_adam, trained.d.adam),
    ):
        settings = [
            (one.defaults["lr"], one.defaults["betas"]) for one in (mine, other)
        ]
        assert settings[0] == settings[1]
    chapter = next((ROOT / "chapters").glob("02_*.py")).read_text()
    x = line_game.FINE
    (call,) = re.findall(r"^p = (theory\.mixture\(x, .*\))$", chapter, re.M)
    taught = eval(call, {"theory": theory, "x": x})
    assert np.array_equal(taught.p, line.line_data(x).p)


def test_a_game_on_the_line_that_diverges_is_still_shown() -> None:
    desk = LineDesk(LineGame())
    with torch.no_grad():
        for parameter in desk.game.duel.generator.parameters():
            parameter.fill_(float("nan"))
    seen = frame(desk, "tick", id=0)
    assert seen["gap"] is None or np.isfinite(seen["gap"])


@pytest.mark.parametrize("view", ["generator", "real", "fake"])
def test_slopes_in_the_explorer_are_slopes_of_its_losses(view: str) -> None:
    for loss, slope in explorer.curves(view).values():
        step = float(explorer.LOGITS[1] - explorer.LOGITS[0])
        middle = (loss[2:] - loss[:-2]) / (2 * step)
        # second-order differences are exact to step^2 but at the hinge's corner
        assert ((middle - slope[1:-1]).abs() > 1e-3).sum() <= 1


def test_the_explorer_knows_closed_forms() -> None:
    a, found = explorer.LOGITS, explorer.curves("generator")
    assert list(found) == list(gan.losses.GAMES)
    assert torch.allclose(found["minimax"][1], -a.sigmoid())
    assert torch.allclose(found["non-saturating"][1], -(-a).sigmoid())
    assert torch.allclose(found["least-squares"][1], a - 1)
    assert torch.allclose(explorer.curves("real")["hinge"][0], (1 - a).relu() + 1)


def test_settings_of_the_line_are_checked() -> None:
    game = LineGame(LineSettings())
    with pytest.raises(CourseError, match="no setting width"):
        game.change(width=3)
    with pytest.raises(CourseError, match="at least one step"):
        game.change(d_steps=0)
    assert game.settings == LineSettings()
