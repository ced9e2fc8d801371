"""What can be seen of a game in the plane: surface, bent grid, pull on the fakes."""

import torch
from torch import Tensor

from aigc_course.gan import losses
from aigc_course.widgets.engine import Duel

CELLS = 40  # places along each side of D's surface
LINES = 21  # latents along each side of the lattice
REACH = 2.5  # the lattice covers [-REACH, REACH]^2, where nearly all latents lie

Bounds = tuple[float, float, float, float]  # left, right, bottom, top


def square(points: Tensor, margin: float = 1.35) -> Bounds:
    """A square around the origin that shows all points [N, 2] with room to spare."""
    half = margin * float(points.abs().max())
    return -half, half, -half, half


def border(loss: str) -> float | None:
    """Height of the shaded surface where D is undecided; None for a critic.

    A critic's score has no zero of its own: only differences count.
    """
    game = losses.game(loss)
    return 0.5 if game.probability or game.targets else None


@torch.no_grad()
def surface(duel: Duel, bounds: Bounds, loss: str, cells: int = CELLS) -> Tensor:
    """D over the plane as heights 0 (generated) to 1 (real), [cells, cells].

    Rows go upwards. Raw outputs are clipped to the values that the loss aims at; a
    critic's scores are stretched over what can be seen.
    """
    left, right, bottom, top = bounds
    y, x = torch.linspace(bottom, top, cells), torch.linspace(left, right, cells)
    places = torch.cartesian_prod(y, x).flip(1)  # [cells^2, 2] as (x, y)
    logits = duel.discriminator(places).reshape(cells, cells)
    game = losses.game(loss)
    if game.probability:
        return logits.sigmoid()
    low, high = game.targets or (float(logits.min()), float(logits.max()))
    return ((logits - low) / max(high - low, 1e-12)).clamp(0, 1)


@torch.no_grad()
def lattice(duel: Duel, lines: int = LINES) -> Tensor:
    """Where G sends a square lattice of latents, [lines, lines, 2]."""
    line = torch.linspace(-REACH, REACH, lines)
    return duel.generator(torch.cartesian_prod(line, line)).reshape(lines, lines, 2)


def pulls(duel: Duel, fakes: Tensor) -> Tensor:
    """The way that G's loss asks each generated point to go, [n, 2].

    -n dL_G/dx_i: the slope of a point's own loss, since L_G is the mean over n points.
    """
    x = fakes.detach().requires_grad_()
    with duel.own_randomness():
        loss = duel.generator_loss(x)
    (slopes,) = torch.autograd.grad(loss, x)
    return -len(x) * slopes
