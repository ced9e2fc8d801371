"""The GAN lab: a game in the plane to play with, and its film strip."""

from dataclasses import asdict
from typing import Any

from matplotlib.figure import Figure

from aigc_course import plots
from aigc_course.plots.film import Moment, film_strip
from aigc_course.training import fast_mode
from aigc_course.widgets import sights
from aigc_course.widgets.arena import CHOICES, FAKES, REAL, Arena, Settings
from aigc_course.widgets.replies import PlaneDesk
from aigc_course.widgets.stage import can_play, stage

MOMENTS, FAST_MOMENTS = (0, 50, 200, 600), (0, 2, 4)  # rounds, of the film strip


def gan_lab(
    data: str = "ring",
    loss: str = "non-saturating",
    *,
    lr: tuple[float, float] = (1e-3, 1e-3),
    d_steps: int = 1,
    width: int = 64,
    seed: int = 0,
) -> Any:
    """A GAN in the plane: play, pause, single steps of D and of G, everything visible.

    data: a name of `data.TOYS` or "drawn", a plane to draw on. loss: a key of
    `gan.losses.GAMES`. lr: learning rates (generator, discriminator). d_steps: steps of
    D in a round. width: of both networks' hidden layers. All but the seed can be
    changed in the lab.

    Returns a widget, to stand last in a cell. Where no widget can run (anywidget is
    missing, or AIGC_FAST=1) a film strip of the same game is shown and None returned.
    Raises CourseError for settings that are not on offer.
    """
    arena = Arena(Settings(data, loss, *lr, d_steps, width), seed)
    if not can_play():
        plots.show(*strip(arena.settings, seed))
        return None
    settings = arena.settings
    return stage(
        "gan_lab.js",
        PlaneDesk(arena).answer,
        lambda: strip(settings, seed),
        offer=_offer(settings),
    )


def _offer(settings: Settings) -> dict[str, list[Any]]:
    """What the page's fields list: the usual values and those chosen in the call."""
    chosen = asdict(settings)
    return {
        name: list(values)
        if chosen[name] in values
        else sorted({*values, chosen[name]})
        for name, values in CHOICES.items()
    }


def strip(settings: Settings, seed: int = 0) -> tuple[Figure, str]:
    """The film strip of a game from its start, and what it shows in words."""
    arena, moments, words = Arena(settings, seed), [], []
    for rounds in FAST_MOMENTS if fast_mode() else MOMENTS:
        if len(arena.points) and rounds:
            arena.move("round", rounds - arena.duel.rounds)
        arena.report = arena.count()
        moments.append(_moment(arena))
        words.append(_words(arena))
    head = f"A GAN on {settings.data}, {settings.loss} loss, played in the plane."
    return film_strip(moments), " ".join([head, *words])


def _moment(arena: Arena) -> Moment:
    loss = arena.settings.loss
    return Moment(
        title=f"{arena.duel.rounds} rounds",
        real=arena.points[:REAL],
        fake=arena.fakes(FAKES),
        surface=sights.surface(arena.duel, arena.bounds, loss),
        bounds=arena.bounds,
        border=sights.border(loss),
        lattice=sights.lattice(arena.duel),
    )


def _words(arena: Arena) -> str:
    after = f"After {arena.duel.rounds} rounds"
    if arena.report is None or arena.centres is None:
        spread = arena.fakes(FAKES).std(dim=0)
        return (
            f"{after} the generated points spread {spread[0]:.2f} by {spread[1]:.2f}."
        )
    covered, modes = arena.report.covered, len(arena.centres)
    return f"{after} {covered} of {modes} modes are covered."
