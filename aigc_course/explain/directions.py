"""What moving along a latent direction does, beside what the direction promises.

A direction is fitted to latents and an attribute (`control.latent`). That it predicts
the attribute is an association. That moving along it changes the attribute is an
effect, and has to be measured: on fresh latents, with its side effects, beside a step
of the same length the wrong way.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_course.control.attributes import as_ink, moments
from aigc_course.control.latent import Direction
from aigc_course.errors import CourseError
from aigc_course.explain.intervals import Effect, effect
from aigc_course.explain.maps import shows, thickness
from aigc_course.gan.networks import Generator


@dataclass(frozen=True)
class Promise:
    """A step that promises a change of the thickness, and what comes of it.

    promised: the change in pixels. obtained: the mean change, with its interval.
    share: of the thickness' variance that the direction predicts on these latents, R^2.
    label_changed: on the share of pictures that show another digit. slant: on the
    slant, in pixels to the right for each pixel up. wrong_way: share of pictures whose
    thickness changes against the promise. length: of the step in latent space.
    """

    promised: float
    obtained: Effect
    share: float
    label_changed: Effect
    slant: Effect
    wrong_way: float
    length: float


@torch.no_grad()
def promise(
    generator: Generator, direction: Direction, z: Tensor, change: float
) -> Promise:
    """Move latents [N, latent], which the direction has not seen, by `change` pixels.

    Raises CourseError for a change of 0 and a generator in training mode.
    """
    if generator.training:
        raise CourseError("The generator is in training mode: call generator.eval().")
    if not math.isfinite(change) or change == 0:
        raise CourseError(f"A change is a number of pixels other than 0, not {change}.")
    moved = direction.move(z, change)
    before, after = generator(z), generator(moved)
    thick, thick_after = thickness(before), thickness(after)
    digits = shows(before)
    return Promise(
        change,
        effect(thick, thick_after),
        explained(direction, z, thick),
        effect(torch.zeros(len(z)), shows(after) != digits),
        effect(slant(before), slant(after)),
        float(((thick_after - thick) * change < 0).double().mean()),
        float((moved - z).norm(dim=1).mean()),
    )


def explained(direction: Direction, z: Tensor, values: Tensor) -> float:
    """R^2 on latents and values [N]: 1 - sum (a - a(z))^2 / sum (a - mean)^2.

    Below 0 where the direction predicts worse than the mean does.
    """
    a = values.double()
    left = (a - direction.read(z).double()).square().sum()
    around = (a - a.mean()).square().sum()
    if not float(around) > 0:
        raise CourseError("All values are equal: there is nothing to explain.")
    return 1 - float(left / around)


def placebo(
    direction: Direction, generator: torch.Generator | None = None
) -> Direction:
    """A direction of the same length at right angles to `direction`, else random."""
    w = direction.weights
    random = torch.randn(w.shape, generator=generator)
    random -= (random @ w) / (w @ w) * w
    weights = random * (w.norm() / random.norm())
    return Direction(weights, direction.offset, 0.0)


def slant(images: Tensor) -> Tensor:
    """Slant as in `control.attributes`, [N]; 0 for pictures that have none."""
    ink = as_ink(images)
    found = torch.zeros(len(ink))
    inked = ink.sum((1, 2)) > 0
    if bool(inked.any()):
        _, xy, yy = moments(ink[inked])
        found[inked] = torch.where(yy > 1e-6, -xy / yy.clamp(min=1e-6), 0.0)
    return found
