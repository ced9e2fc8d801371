"""The game of a GAN as a diagram: who computes, who learns, where gradients go."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from aigc_course.plots.figures import BLUE, DARK_VERMILION, VERMILION, new_figure

# centre and size of each box, in the units of one panel
Place = tuple[float, float]
PLACES: dict[str, Place] = {
    "z": (0.6, 0.7),
    "G": (2.1, 0.7),
    "fake": (3.75, 0.7),
    "real": (3.75, 2.2),
    "D": (5.4, 1.45),
    "loss": (7.0, 1.45),
}
WORDS = {
    "z": "latent\n$z$",
    "G": "G",
    "fake": "generated\n$G(z)$",
    "real": "real\n$x$",
    "D": "D",
    "loss": "loss",
}
HALF_WIDTH, HALF_HEIGHT = 0.5, 0.36


def gan_game() -> Figure:
    """D's turn above G's: black arrows compute, dashed ones carry gradients.

    The player that learns is blue; the other is grey and labelled as fixed.
    """
    figure = new_figure(7.6, 5.4)
    above, below = figure.subplots(2, 1)
    _turn(above, "D's turn: D learns to tell them apart", learns="D")
    _turn(below, "G's turn: G learns to be taken for real", learns="G")
    return figure


def _turn(axes: Axes, title: str, learns: str) -> None:
    axes.set(xlim=(0, 7.7), ylim=(-0.15, 2.75), aspect="equal")
    axes.set_axis_off()
    axes.set_title(title, fontsize=10, loc="left")
    used = [name for name in PLACES if learns == "D" or name != "real"]
    for name in used:
        _box(axes, name, learns)
    for start, end in (("z", "G"), ("G", "fake"), ("fake", "D"), ("D", "loss")):
        _arrow(axes, PLACES[start], PLACES[end])
    if learns == "D":
        _arrow(axes, PLACES["real"], PLACES["D"])
        _gradient(axes, "loss", "D", "gradient")
        x, y = PLACES["fake"]
        axes.text(
            x, y - 0.55, "detached: nothing flows back to G", **_small(DARK_VERMILION)
        )
        return
    _gradient(axes, "loss", "D", "gradient")
    _gradient(axes, "D", "fake", "through D")
    _gradient(axes, "fake", "G", "into G")


def _small(colour: str) -> dict[str, Any]:
    return {"ha": "center", "va": "center", "fontsize": 8, "color": colour}


def _box(axes: Axes, name: str, learns: str) -> None:
    (x, y), player = PLACES[name], name in "GD"
    edge = BLUE if name == learns else "0.6" if player else "0.3"
    style: dict[str, Any] = {
        "facecolor": "#DCEBF5" if name == learns else "0.93" if player else "white",
        "edgecolor": edge,
        "linewidth": 2.2 if name == learns else 1.2,
    }
    corner = (x - HALF_WIDTH, y - HALF_HEIGHT)
    rounded = "round,pad=0,rounding_size=0.1"
    size = (2 * HALF_WIDTH, 2 * HALF_HEIGHT)
    axes.add_patch(FancyBboxPatch(corner, *size, rounded, **style))
    heavy = "bold" if player else "normal"
    middle: dict[str, Any] = {"ha": "center", "va": "center"}
    axes.text(x, y, WORDS[name], fontsize=12 if player else 9, weight=heavy, **middle)
    if player:
        says = "learns" if name == learns else "fixed in this turn"
        axes.text(x, y + 0.55, says, **_small(edge if name == learns else "0.35"))


def _arrow(axes: Axes, start: Place, end: Place) -> None:
    sideways = HALF_WIDTH + 0.03
    ends = (start[0] + sideways, start[1]), (end[0] - sideways, end[1])
    style: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 12}
    axes.add_patch(FancyArrowPatch(*ends, shrinkA=0, shrinkB=0, color="0.2", **style))


def _gradient(axes: Axes, start: str, end: str, words: str) -> None:
    """A dashed arrow back, below the arrow of the computation."""
    (x, y), (left, low) = PLACES[start], PLACES[end]
    ends = (x - HALF_WIDTH, y - 0.24), (left + HALF_WIDTH, low - 0.24)
    style: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 12}
    axes.add_patch(
        FancyArrowPatch(
            *ends,
            shrinkA=2,
            shrinkB=2,
            linestyle=(0, (3, 2)),
            linewidth=1.5,
            color=VERMILION,
            **style,
        )
    )
    across, down = (0, 0.3) if y == low else (0.62, 0.28)
    middle = (
        (ends[0][0] + ends[1][0]) / 2 + across,
        (ends[0][1] + ends[1][1]) / 2 - down,
    )
    axes.text(*middle, words, **_small(DARK_VERMILION))
