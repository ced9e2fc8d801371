"""Every loss and its slope, against the logit that D gives."""

from collections.abc import Callable
from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor
from torch.func import grad, vmap

from aigc_course import plots
from aigc_course.gan.losses import GAMES, Game
from aigc_course.plots.slopes import loss_and_slope
from aigc_course.widgets.stage import can_play, stage

LOGITS = torch.linspace(-6, 6, 121, dtype=torch.float64)
CONFIDENCE = 0.1  # where the slider starts: D is rather sure that a point is generated

Curves = dict[str, tuple[Tensor, Tensor]]


def curves(view: str) -> Curves:
    """Loss and slope at LOGITS, [121] each, for every name in `losses.GAMES`.

    view: "generator", G's loss on a generated point; "real" or "fake", D's loss on a
    real or generated point. The other point's logit is held at 0: it adds a constant to
    D's losses, and it is what the relativistic losses compare with.
    """
    functions = {name: _views(game)[view] for name, game in GAMES.items()}
    return {
        name: (vmap(function)(LOGITS), vmap(grad(function))(LOGITS))
        for name, function in functions.items()
    }


def loss_explorer(confidence: float = CONFIDENCE) -> Any:
    """Loss and slope of every loss in `gan.losses`; a slider says how sure D is.

    confidence: where the slider starts, D = sigmoid(logit) between 0 and 1. Least
    squares, hinge and Wasserstein read the logit as a raw score.

    Returns a widget, to stand last in a cell. Where no widget can run (anywidget is
    missing, or AIGC_FAST=1) a figure is shown and None returned.
    """
    if not can_play():
        plots.show(*explorer_figure(confidence))
        return None
    views = {view: _listed(curves(view)) for view in ("generator", "real", "fake")}
    offer = {"logits": LOGITS.tolist(), "views": views, "confidence": confidence}
    return stage(
        "loss_explorer.js",
        lambda message: ({"kind": "nothing"}, []),
        lambda: explorer_figure(confidence),
        offer=offer,
    )


def explorer_figure(confidence: float = CONFIDENCE) -> tuple[Figure, str]:
    """G's losses and their slopes, and in words the slopes at this confidence."""
    found = curves("generator")
    place = float(torch.logit(torch.tensor(confidence, dtype=torch.float64)))
    at = int((LOGITS - place).abs().argmin())
    slopes = [f"{name} {float(slope[at]):.2f}" for name, (_, slope) in found.items()]
    return loss_and_slope(LOGITS, found, place, f"D = {confidence:g}"), (
        "G's losses over the logit of a generated point, and their slopes. Where D ="
        f" {confidence:g} the slopes are: {', '.join(slopes)}."
    )


def _views(game: Game) -> dict[str, Callable[[Tensor], Tensor]]:
    zero = torch.zeros(1, dtype=LOGITS.dtype)
    return {
        "generator": lambda a: game.generator(a[None], zero),
        "real": lambda a: game.discriminator(a[None], zero),
        "fake": lambda a: game.discriminator(zero, a[None]),
    }


def _listed(found: Curves) -> dict[str, dict[str, list[float]]]:
    return {
        name: {
            "loss": [round(v, 5) for v in loss.tolist()],
            "slope": [round(v, 5) for v in slope.tolist()],
        }
        for name, (loss, slope) in found.items()
    }
