"""The field lab: particles in an exact velocity field and in a learned one."""

import math
import time
from dataclasses import asdict
from typing import Any

from matplotlib.figure import Figure

from aigc_course import plots
from aigc_course.errors import CourseError
from aigc_course.plots.field import FieldPicture, field_pictures
from aigc_course.training import fast_mode
from aigc_course.widgets.engine import single_thread
from aigc_course.widgets.field_game import (
    BOUND,
    CHOICES,
    FieldGame,
    FieldSettings,
    places,
)
from aigc_course.widgets.replies import Reply, finite, pack
from aigc_course.widgets.stage import can_play, stage

WORK = 0.02  # seconds of training for a tick
LASTS = 4.0  # seconds in which the particles go from t = 0 to 1
LONGEST = 0.1  # seconds that a tick may count for
STEPS, FAST_STEPS = 1000, 5  # training steps before the figure that stands for the lab


class FieldDesk:
    """Answers the page's messages about one FieldGame.

    It sends {"kind": ...}: hello, tick (id), move (name), set (settings) and reset. The
    answer is a frame, or "refused" with a sentence.
    """

    def __init__(self, game: FieldGame) -> None:
        self.game, self.ticked = game, -math.inf

    def answer(self, message: dict[str, Any]) -> Reply:
        """Do what the message asks; tell what is to be seen afterwards."""
        kind = message.get("kind")
        with single_thread():
            try:
                self._do(kind, message)
            except (CourseError, TypeError, ValueError) as reason:
                return {"kind": "refused", "text": str(reason)}, []
            return self.frame(message.get("id"), with_data=kind != "tick")

    def _do(self, kind: Any, message: dict[str, Any]) -> None:
        if kind == "tick":
            start = time.perf_counter()
            passed, self.ticked = min(LONGEST, start - self.ticked), start
            self.game.play(WORK, passed / LASTS)
        elif kind == "move":
            self.game.move(str(message.get("name")))
        elif kind == "set":
            self.game.change(**message.get("settings", {}))
        elif kind == "reset":
            self.game.reset()
        elif kind != "hello":  # a page has opened: it wants to see everything
            raise CourseError(f"The lab knows no message {kind!r}.")

    def frame(self, id: int | None, with_data: bool) -> Reply:
        """All that the page draws; with_data: what changes seldom too."""
        game = self.game
        is_new = game.solve()
        fields = ("exact", "learned")
        header = {
            "kind": "frame",
            "id": id,
            "settings": asdict(game.settings),
            "t": game.t,
            "trained": game.learner.steps,
            "loss": None if game.learner.loss is None else finite(game.learner.loss),
            "evaluations": game.evaluations,
            "gap": finite(game.gap()),
            "apart": {field: finite(game.apart(field)) for field in fields},
            "near": {field: game.near(field) for field in fields},
            "done": game.t >= 1 and not game.settings.train,
            "bounds": [-BOUND, BOUND, -BOUND, BOUND],
        }
        arrays: dict[str, Any] = {}
        for field in fields:
            arrays[field] = game.velocity(field)(places(), game.t)
            if with_data or is_new:
                arrays[f"{field}Paths"] = game.paths[field]
        if with_data:
            arrays |= {"places": places(), "real": game.sample()}
        return pack(header, arrays)


def field_lab(
    data: str = "ring",
    solver: str = "euler",
    steps: int = 8,
    *,
    label: str = "none",
    guidance: float = 1,
    seed: int = 0,
) -> Any:
    """Particles that follow a velocity from noise to data: exact beside learned.

    data: a key of `field_game.WORLDS`, a mixture of normals with two classes. solver: a
    key of `flow.solvers.METHODS`. steps: of the solver, 1 to 64. label: "none", "A" or
    "B". guidance g: the velocity is v_u + g (v_c - v_u), with v_u the velocity without
    and v_c that with the label; it matters only where there is a label. seed: of the
    noise and of the network. All but the seed can be changed in the lab, and the
    network is trained there.

    Returns a widget, to stand last in a cell. Where no widget can run (anywidget is
    missing, or AIGC_FAST=1) a figure of the same two fields is shown and None returned.
    Raises CourseError for settings that are not on offer.
    """
    settings = FieldSettings(data, solver, steps, label, guidance)
    if not can_play():
        plots.show(*field_figure(settings, seed))
        return None
    return stage(
        "field_lab.js",
        FieldDesk(FieldGame(settings, seed)).answer,
        lambda: field_figure(settings, seed),
        offer=_offer(settings),
    )


def _offer(settings: FieldSettings) -> dict[str, list[Any]]:
    """What the page's fields list: the usual values and those chosen in the call."""
    chosen = asdict(settings)
    return {
        name: list(values)
        if chosen[name] in values
        else sorted({*values, chosen[name]})
        for name, values in CHOICES.items()
    }


def field_figure(settings: FieldSettings, seed: int = 0) -> tuple[Figure, str]:
    """Paths in both fields after some training, and what they show in words."""
    game = FieldGame(settings, seed)
    game.practise(FAST_STEPS if fast_mode() else STEPS)
    game.t = 1.0
    game.solve()
    titles = {
        "exact": "Exact field",
        "learned": f"Learned field, {game.learner.steps:,} training steps",
    }
    pictures = [
        FieldPicture(title, game.sample(), game.paths[field])
        for field, title in titles.items()
    ]
    return field_pictures(pictures, BOUND), field_words(game)


def field_words(game: FieldGame) -> str:
    """What both sides of the figure show, in words."""
    s = game.settings
    plural = "step" if s.steps == 1 else "steps"
    asked = (
        "" if s.label == "none" else f", label {s.label} with guidance {s.guidance:g}"
    )
    return (
        f"Paths of particles from noise to the data set {s.data}, {s.steps} {plural} of"
        f" the solver {s.solver}{asked}. In the exact field the ends lie"
        f" {game.apart('exact'):.2f} from those of the exact flow on average, and"
        f" {game.near('exact'):.0%} are within 3 deviations of a mode. In the learned"
        f" field, after {game.learner.steps:,} training steps, the distance is"
        f" {game.apart('learned'):.2f} and the share {game.near('learned'):.0%}."
    )
