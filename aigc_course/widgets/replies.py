"""What the page sends and what the kernel answers: JSON in front, raw arrays behind.

The page asks with {"kind": ...}: hello, tick (id), move (name), set (settings), reset;
in the plane also draw (points, flat) and clear. The answer is a frame, or "refused"
with a sentence.
"""

import math
import time
from abc import ABC, abstractmethod
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.gan import losses
from aigc_course.widgets import sights
from aigc_course.widgets.arena import FAKES, PULLED, REAL, Arena
from aigc_course.widgets.engine import single_thread

WORK = 0.03  # seconds of training for a tick: short enough to answer a button at once
COUNT_EVERY = 0.3  # seconds between counts of the modes while playing

Reply = tuple[dict[str, Any], list[bytes]]
Arrays = dict[str, Tensor | np.ndarray]


def pack(header: dict[str, Any], arrays: Arrays) -> Reply:
    """A header that lists its arrays, and their bytes; float32 all of them."""
    flat = {k: np.ascontiguousarray(v, dtype="<f4") for k, v in arrays.items()}
    header = {**header, "arrays": [[name, "f"] for name in flat]}
    return header, [array.tobytes() for array in flat.values()]


def finite(value: float) -> float | None:
    """The value, or None where JSON has no word for it."""
    return value if math.isfinite(value) else None


class Desk(ABC):
    """Answers the page's messages about one game, one after another."""

    kinds: tuple[str, ...] = ("hello", "tick", "move", "set", "reset")

    def __init__(self, game: Any) -> None:
        self.game = game
        self.counted = self.ticked = -math.inf  # when, on the clock of perf_counter
        self.speed = 0.0  # rounds a second, averaged over the last ticks

    def answer(self, message: dict[str, Any]) -> Reply:
        """Do what the message asks; tell what is to be seen afterwards."""
        with single_thread():
            return self._answer(message)

    def _answer(self, message: dict[str, Any]) -> Reply:
        kind = message.get("kind")
        try:
            if kind not in self.kinds:
                raise CourseError(f"The lab knows no message {kind!r}.")
            if kind != "hello":  # a page has opened: it wants to see everything
                getattr(self, f"_{kind}")(message)
        except (CourseError, TypeError, ValueError) as reason:
            return {"kind": "refused", "text": str(reason)}, []
        return self.frame(message.get("id"), with_data=kind != "tick")

    @abstractmethod
    def frame(self, id: int | None, with_data: bool) -> Reply:
        """All that the page draws; with_data: what changes seldom too."""

    def header(self, id: int | None) -> dict[str, Any]:
        """What every frame begins with."""
        duel = self.game.duel
        return {
            "kind": "frame",
            "id": id,
            "settings": asdict(self.game.settings),
            "rounds": duel.rounds,
            "d_moves": duel.d_moves,
            "g_moves": duel.g_moves,
            "speed": self.speed,
        }

    def _tick(self, message: dict[str, Any]) -> None:
        start = time.perf_counter()
        rounds = self.game.play(WORK)
        if start - self.counted > COUNT_EVERY:
            self.game.note()
            self.counted = start
        self._clock(start, rounds)

    def _clock(self, start: float, rounds: int) -> None:
        """Rounds a second from tick to tick, what the page costs included."""
        since, self.ticked = start - self.ticked, start
        if since > 1:  # the first tick after a pause tells nothing
            self.speed = 0.0
            return
        now = rounds / since
        self.speed = now if not self.speed else 0.9 * self.speed + 0.1 * now

    def _move(self, message: dict[str, Any]) -> None:
        self.game.move(str(message.get("name")))

    def _set(self, message: dict[str, Any]) -> None:
        self.game.change(**message.get("settings", {}))

    def _reset(self, message: dict[str, Any]) -> None:
        self.game.reset()


class PlaneDesk(Desk):
    """Answers for the GAN lab; the game is an Arena."""

    kinds = (*Desk.kinds, "draw", "clear")
    game: Arena

    def frame(self, id: int | None, with_data: bool) -> Reply:
        """All that the page draws; with_data: the real points too."""
        arena, loss = self.game, self.game.settings.loss
        report, centres, bounds = arena.report, arena.centres, arena.bounds
        names = ("D", "G", "D(x)", "D(G(z))")
        cells = {"rows": sights.CELLS, "cols": sights.CELLS}
        header = {
            **self.header(id),
            "readings": {name: finite(arena.reading(name)) for name in names},
            "probability": losses.game(loss).probability,
            "modes": 0 if centres is None else len(centres),
            "covered": report.covered if report else None,
            "quality": report.high_quality if report else None,
            "bounds": bounds,
            "surface": {**cells, "border": sights.border(loss)},
            "lattice": {"rows": sights.LINES, "cols": sights.LINES},
        }
        return pack(header, self._arrays(bounds, with_data))

    def _arrays(self, bounds: sights.Bounds, with_data: bool) -> Arrays:
        arena = self.game
        fakes = arena.fakes(FAKES)
        pulled = fakes[:PULLED]
        can_pull = len(arena.points) > 0
        arrays: Arrays = {
            "fake": fakes,
            "values": sights.surface(arena.duel, bounds, arena.settings.loss),
            "points": sights.lattice(arena.duel),
            "starts": pulled,
            "slopes": sights.pulls(arena.duel, pulled) if can_pull else 0 * pulled,
            "history": np.array(arena.history, dtype=np.float32),
        }
        return {**arrays, "real": arena.points[:REAL]} if with_data else arrays

    def _draw(self, message: dict[str, Any]) -> None:
        flat = torch.tensor(message.get("points", []), dtype=torch.float32)
        if flat.ndim != 1 or len(flat) % 2:
            raise CourseError("Drawn points are finite numbers in pairs.")
        self.game.draw(flat.reshape(-1, 2))

    def _clear(self, message: dict[str, Any]) -> None:
        self.game.clear()
