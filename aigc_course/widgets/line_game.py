"""Chapter 02's game on a line, `gan.train_on_a_line`, move by move.

Data, networks, loss, batch and learning rates are those of `gan.line`. The rates never
fall, since a lab has no last step, and each move draws samples of its own.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure

from aigc_course import plots, theory
from aigc_course.errors import CourseError
from aigc_course.gan import line
from aigc_course.training import fast_mode
from aigc_course.widgets.engine import Duel
from aigc_course.widgets.replies import Desk, Reply, finite, pack
from aigc_course.widgets.stage import can_play, stage

X = theory.grid(-6, 6, 241)
FINE = theory.grid(-6, 6, 1201)  # samples are drawn on this one
POOL = 100_000
D_STEPS = (1, 2, 5, 10, 20)
LOSS = "non-saturating"
ROUNDS, FAST_ROUNDS = 1000, 6  # of the figure that stands in for the lab


@dataclass(frozen=True)
class LineSettings:
    """What a reader chooses; hold: G stays as it is, only D learns."""

    d_steps: int = 1
    hold: bool = False


class LineGame:
    """p against q on the grid X: densities, D as learnt and D at its best."""

    def __init__(self, settings: LineSettings | None = None, seed: int = 0) -> None:
        self.settings, self.seed = settings or LineSettings(), seed
        self.p = line.line_data(X)
        drawn = line.line_data(FINE).sample(POOL, np.random.default_rng(seed))
        self.points = line.column(drawn)  # [POOL, 1]
        self.reset()

    def reset(self) -> None:
        """New networks."""
        with torch.random.fork_rng(devices=[]):  # making layers draws random numbers
            networks = line.line_networks()
        self.duel = Duel(
            self.points,
            *networks,
            loss=LOSS,
            lr=line.LR,
            betas=line.BETAS,
            batch=line.BATCH,
            d_steps=self.settings.d_steps,
            seed=self.seed,
        )

    def change(self, **wanted: Any) -> None:
        """Other settings; the game goes on. CourseError for what is not on offer."""
        if unknown := set(wanted) - set(asdict(self.settings)):
            raise CourseError(f"There is no setting {', '.join(sorted(unknown))}.")
        settings = replace(self.settings, **wanted)
        self.duel.change(LOSS, line.LR, settings.d_steps)
        self.settings = settings

    def move(self, name: str, times: int = 1) -> None:
        """One of `engine.MOVES`, `times` over."""
        self.duel.move(name, times)

    def play(self, seconds: float) -> int:
        """Rounds for about `seconds`, or steps of D while G is held; how many."""
        return self.duel.play(seconds, "d" if self.settings.hold else "round")

    def note(self) -> None:
        """Nothing is kept of the past here."""

    def look(self) -> line.Snapshot:
        """Densities on X, and D beside the exact answer, at this moment."""
        duel = self.duel
        return line.look_at(duel.generator, duel.discriminator, self.p, duel.rounds)


class LineDesk(Desk):
    """Answers for the game on a line."""

    game: LineGame

    def frame(self, id: int | None, with_data: bool) -> Reply:
        """Densities and beliefs on X; all of them every time, they are short."""
        seen = self.game.look()
        header = {
            **self.header(id),
            "gap": finite(seen.error),
            "distance": finite(theory.jensen_shannon(seen.p, seen.q)),
        }
        curves = {"p": seen.p.p, "q": seen.q.p, "learnt": seen.learned}
        return pack(header, {"x": X, **curves, "best": seen.exact})


def game_1d(d_steps: int = 1, *, seed: int = 0) -> Any:
    """A GAN on a line: p, q, and what D has learnt against p/(p + q), live.

    d_steps: steps of D in a round; it can be changed in the lab, and G can be held
    still to watch D alone find its best (Goodfellow et al. 2014, proposition 1).

    Returns a widget, to stand last in a cell. Where no widget can run (anywidget is
    missing, or AIGC_FAST=1) a figure of the same game is shown and None returned.
    """
    settings = LineSettings(d_steps)
    game = LineGame(settings, seed)
    if not can_play():
        plots.show(*line_figure(settings, seed))
        return None
    return stage(
        "game_1d.js",
        LineDesk(game).answer,
        lambda: line_figure(settings, seed),
        offer={"d_steps": sorted({*D_STEPS, d_steps}), "chosen": d_steps},
    )


def line_figure(settings: LineSettings, seed: int = 0) -> tuple[Figure, str]:
    """The game after a while, and what can be seen in words."""
    game = LineGame(settings, seed)
    game.move("round", FAST_ROUNDS if fast_mode() else ROUNDS)
    seen = game.look()
    figure = plots.beliefs(
        {"p, the data": (X, seen.p.p), "q, what G makes": (X, seen.q.p)},
        {"D as learnt": (X, seen.learned), "p / (p + q)": (X, seen.exact)},
        f"After {game.duel.rounds} rounds",
        dense=(X, seen.dense),
    )
    return figure, (
        f"Above, the densities p of the data and q of what G makes after"
        f" {game.duel.rounds} rounds; beneath, D as learnt and p/(p+q), which lie"
        f" {seen.error:.2f} apart on average where data are dense."
    )
