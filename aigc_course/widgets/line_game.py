"""A game on a line, with the exact answer beside it."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from aigc_course import gan, plots, theory
from aigc_course.errors import CourseError
from aigc_course.training import fast_mode
from aigc_course.widgets.engine import Duel
from aigc_course.widgets.replies import Desk, Reply, finite, pack
from aigc_course.widgets.stage import can_play, stage

X = theory.grid(-4, 4, 161)
MEANS, STDS, WEIGHTS = (-1.5, 1.2), (0.5, 0.7), (0.4, 0.6)
POOL, LATENTS = 20_000, 10_000
DENSE = 0.1  # share of p's peak above which p + q counts as dense
D_STEPS = (1, 2, 5, 10, 20)
LR = (3e-4, 3e-3)  # D keeps up with G, so that it stays near its best
ROUNDS, FAST_ROUNDS = 400, 6  # of the figure that stands in for the lab


@dataclass(frozen=True)
class LineSettings:
    """What a reader chooses; hold: G stays as it is, only D learns."""

    d_steps: int = 5
    hold: bool = False


class LineGame:
    """p against q on the grid X: densities, D as learnt and D at its best."""

    def __init__(self, settings: LineSettings | None = None, seed: int = 0) -> None:
        self.settings, self.seed = settings or LineSettings(), seed
        self.p = theory.mixture(X, MEANS, STDS, WEIGHTS)
        drawn = self.p.sample(POOL, np.random.default_rng(seed))
        self.points = torch.tensor(drawn, dtype=torch.float32)[:, None]  # [POOL, 1]
        # quantiles of the normal: q without the noise of drawn latents
        shares = (torch.arange(LATENTS, dtype=torch.float64) + 0.5) / LATENTS
        self.latents = torch.special.ndtri(shares).float()[:, None]  # [LATENTS, 1]
        self.reset()

    def reset(self) -> None:
        """New networks."""
        with torch.random.fork_rng(devices=[]):  # making layers draws random numbers
            generator = gan.PointGenerator(latent=1, dim=1, width=64)
            discriminator = gan.PointDiscriminator(dim=1, width=64)
        steps = self.settings.d_steps
        self.duel = Duel(
            self.points, generator, discriminator, lr=LR, d_steps=steps, seed=self.seed
        )

    def change(self, **wanted: Any) -> None:
        """Other settings; the game goes on. CourseError for what is not on offer."""
        if unknown := set(wanted) - set(asdict(self.settings)):
            raise CourseError(f"There is no setting {', '.join(sorted(unknown))}.")
        settings = replace(self.settings, **wanted)
        self.duel.change("non-saturating", LR, settings.d_steps)
        self.settings = settings

    def move(self, name: str, times: int = 1) -> None:
        """One of `engine.MOVES`, `times` over."""
        self.duel.move(name, times)

    def play(self, seconds: float) -> int:
        """Rounds for about `seconds`, or steps of D while G is held; how many."""
        return self.duel.play(seconds, "d" if self.settings.hold else "round")

    def note(self) -> None:
        """Nothing is kept of the past here."""

    @torch.no_grad()
    def q(self) -> theory.Density:
        """The density of what G makes, a histogram over X."""
        fakes = self.duel.generator(self.latents)[:, 0].double().numpy()
        return theory.from_samples(X, np.nan_to_num(fakes))

    @torch.no_grad()
    def learnt(self) -> np.ndarray:
        """D(x) on X, [161]."""
        places: Tensor = torch.tensor(X, dtype=torch.float32)[:, None]
        return self.duel.discriminator(places).sigmoid()[:, 0].double().numpy()

    def gap(self, q: theory.Density, best: np.ndarray) -> float:
        """Mean |D - p/(p + q)| over the places where p + q is dense."""
        dense = self.p.p + q.p > DENSE * self.p.p.max()
        return float(np.abs(self.learnt() - best)[dense].mean())


class LineDesk(Desk):
    """Answers for the game on a line."""

    game: LineGame

    def frame(self, id: int | None, with_data: bool) -> Reply:
        """Densities and beliefs on X; all of them every time, they are short."""
        game, q = self.game, self.game.q()
        best = theory.optimal_discriminator(game.p, q)
        header = {
            **self.header(id),
            "gap": finite(game.gap(q, best)),
            "distance": finite(theory.jensen_shannon(game.p, q)),
        }
        curves = {"p": game.p.p, "q": q.p, "learnt": game.learnt(), "best": best}
        return pack(header, {"x": X, **curves})


def game_1d(d_steps: int = 5, *, seed: int = 0) -> Any:
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
    q = game.q()
    best = theory.optimal_discriminator(game.p, q)
    figure = plots.beliefs(
        {"p, the data": (X, game.p.p), "q, what G makes": (X, q.p)},
        {"D as learnt": (X, game.learnt()), "p / (p + q)": (X, best)},
        f"After {game.duel.rounds} rounds",
        dense=(X, game.p.p + q.p > DENSE * game.p.p.max()),
    )
    gap = game.gap(q, best)
    return figure, (
        f"Above, the densities p of the data and q of what G makes after"
        f" {game.duel.rounds} rounds; beneath, D as learnt and p/(p+q), which lie"
        f" {gap:.2f} apart on average where data are dense."
    )
