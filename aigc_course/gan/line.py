"""A GAN on a line, small enough to be held against the exact answer while it learns.

With one latent number G is a curve x = G(z), so the density q of its samples can be
computed, and with it the best discriminator p / (p + q) against the G of this moment.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from aigc_course import theory
from aigc_course.errors import CourseError
from aigc_course.gan.learner import GAN
from aigc_course.gan.networks import Generator
from aigc_course.gan.points import PointDiscriminator, PointGenerator
from aigc_course.theory import Density

Array = NDArray[np.float64]

# the data of chapter 02: two humps
MEANS, STDS, WEIGHTS = (-1.5, 1.5), (0.5, 0.8), (0.4, 0.6)
BATCH, WIDTH = 1024, 32
# D learns a hundred times as fast as G, so that it keeps up (Heusel et al. 2017)
LR, BETAS = (1e-4, 1e-2), (0.5, 0.99)
RECIPE = {"lr": LR, "betas": BETAS, "decay_start": 0.3, "final_lr_factor": 0.02}
DENSE = 0.95  # share of the mass of (p + q) / 2 that counts as dense
PIECES, REACH = 8000, 6.0  # z is cut into this many pieces between -REACH and REACH


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The game at one moment: data p, generated q, and D's beliefs on their grid.

    step: updates of both players so far. learned: D(x) [n], probabilities.
    """

    step: int
    p: Density
    q: Density
    learned: Array

    @cached_property
    def exact(self) -> Array:
        """p / (p + q) [n]    (Goodfellow et al. 2014, proposition 1)."""
        return theory.optimal_discriminator(self.p, self.q)

    @cached_property
    def dense(self) -> NDArray[np.bool_]:
        """Where data are dense [n]: the likeliest places, 95 % of (p + q) / 2."""
        mass = (self.p.p + self.q.p) * self.p.dx / 2
        order = np.argsort(-mass)
        before = np.cumsum(mass[order]) - mass[order]
        dense = np.zeros(len(mass), dtype=bool)
        dense[order[before < DENSE]] = True
        return dense

    @property
    def error(self) -> float:
        """Mean of |D - p / (p + q)| over the dense part of the grid."""
        return float(np.abs(self.learned - self.exact)[self.dense].mean())

    @property
    def blank(self) -> float:
        """The same for a D that says 1/2 everywhere: what `error` has to beat."""
        return float(np.abs(0.5 - self.exact)[self.dense].mean())

    def __str__(self) -> str:
        return (
            f"step {self.step:5,}: error of D {self.error:.3f}"
            f" (of saying 1/2: {self.blank:.3f})"
        )


def train_on_a_line(
    p: Density,
    steps: int = 3000,
    *,
    seed: int = 0,
    looks: int = 10,
    on_look: Callable[[Snapshot], object] | None = None,
) -> list[Snapshot]:
    """Train a GAN on samples of p by its own `step`, and look at it `looks` times.

    Both networks learn in every step, each batch is drawn afresh, and nothing of p but
    these samples reaches them. The looks are evenly spaced; the last is at the end.
    on_look: called with each look at once. The global random state is left as it was.
    Raises CourseError unless 1 <= looks <= steps.
    """
    if not 1 <= looks <= steps:
        raise CourseError(
            f"Of {steps} steps one can look at 1 to {steps}, not {looks}."
        )
    rng, taken = np.random.default_rng(seed), []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = line_gan()
        for step in range(1, steps + 1):
            model.anneal((step - 1) / steps)
            model.step(column(p.sample(BATCH, rng)))
            if step * looks // steps > (step - 1) * looks // steps:
                taken.append(look(model, p, step))
                if on_look:
                    on_look(taken[-1])
    return taken


def line_data(x: Array) -> Density:
    """The density of chapter 02's data on the grid x [n]: two humps."""
    return theory.mixture(x, MEANS, STDS, WEIGHTS)


def line_networks() -> tuple[PointGenerator, PointDiscriminator]:
    """Untrained networks of the game: one latent number, one output."""
    return PointGenerator(1, 1, WIDTH), PointDiscriminator(1, WIDTH)


def line_gan() -> GAN:
    """An untrained GAN on the line with the settings of RECIPE."""
    return GAN(*line_networks(), **RECIPE)  # type: ignore[arg-type]


def look(model: GAN, p: Density, step: int = 0) -> Snapshot:
    """Compare the players of this moment with the exact answer on p's grid."""
    return look_at(model.generator, model.discriminator, p, step)


def look_at(
    generator: Generator, discriminator: nn.Module, p: Density, step: int
) -> Snapshot:
    """The same for two networks."""
    q = generated_density(generator, p.x)
    return Snapshot(step, p, q, beliefs(discriminator, p.x))


@torch.no_grad()
def beliefs(discriminator: nn.Module, x: Array) -> Array:
    """D(x) = sigmoid(logit) at the points x [n]: probabilities [n]."""
    return discriminator(column(x)).double().sigmoid().squeeze(1).numpy()


@torch.no_grad()
def generated_density(generator: Generator, x: Array) -> Density:
    """The density of G(z), z ~ N(0, 1), on the grid x [n].

    The change of variables q(x) = sum over z with G(z) = x of N(z) / |G'(z)|, summed
    over cells: z is cut into small pieces, on each of which G is taken as straight, so
    that the piece's mass is spread evenly between its two ends. What lies beyond the
    grid counts in its end cells, and NaN as 0, so that a game that has diverged can be
    drawn. Raises CourseError unless G has one latent number and
    one output.
    """
    z = torch.linspace(-REACH, REACH, PIECES + 1, dtype=torch.float64)
    g = generator(z.float()[:, None]) if generator.latent == 1 else z
    if g.shape != (PIECES + 1, 1):
        raise CourseError("Only a G from one number to one number has this density.")
    mass = torch.special.ndtr(z).diff().numpy()  # [PIECES]
    ends = np.nan_to_num(g[:, 0].double().numpy())
    low, high = np.minimum(ends[1:], ends[:-1]), np.maximum(ends[1:], ends[:-1])
    edges = (x[1:] + x[:-1]) / 2
    inside = _mass_below(edges, low, high, mass) / mass.sum()
    return theory.normalised(x, np.diff(inside, prepend=0.0, append=1.0).clip(0))


def column(values: Array) -> Tensor:
    """Numbers [n] as float32 [n, 1], one point a row."""
    return torch.tensor(values, dtype=torch.float32)[:, None]


def _mass_below(edges: Array, low: Array, high: Array, mass: Array) -> Array:
    """Mass below each edge, when mass[i] is spread evenly from low[i] to high[i]."""
    high = np.maximum(high, low + 1e-7)  # a flat piece: all of it at one place
    height = mass / (high - low)
    # the density is a staircase: up by height at each low, down at each high
    places = np.concatenate([low, high])
    order = np.argsort(places)
    density = np.cumsum(np.concatenate([height, -height])[order])
    below = np.cumsum(density[:-1] * np.diff(places[order]))
    return np.interp(edges, places[order], np.concatenate([[0.0], below]))
