"""Laws of latents to draw from: a flow, and rivals without a network."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from aigc_course import flow, training
from aigc_course.apps.shapes import grids, latents
from aigc_course.apps.shapes.families import KINDS
from aigc_course.apps.shapes.latents import LATENTS, Basis
from aigc_course.data.sequences import TaskBatches
from aigc_course.flow.learner import told

WIDTH, BLOCKS, BATCH = 128, 3, 256
RATE = 4e-3
STEPS = 16  # of the solver, when shapes are drawn
Draw = Callable[[int, torch.Generator], Tensor]


def bases(train: Sequence[Tensor], size: int = LATENTS) -> list[Basis]:
    """The basis of each family's training fields, in the order of KINDS."""
    return [latents.fit(fields, size) for fields in train]


def corpus(n: int, seed: int) -> list[Tensor]:
    """n half fields of each family, in the order of KINDS."""
    return [grids.fields(kind, n, seed) for kind in KINDS]


def network(size: int = LATENTS, width: int = WIDTH) -> flow.networks.Velocity:
    """A velocity for the latents of all families; the family is its label."""
    return flow.mlp(size, width, BLOCKS, classes=len(KINDS))


def batches(z: Tensor, labels: Tensor, seed: int) -> TaskBatches:
    """Pairs of BATCH latents and labels without end, drawn with replacement."""

    def make(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        rows = torch.randint(len(z), (n,), generator=generator)
        return z[rows], labels[rows]

    return TaskBatches(make, BATCH, seed)


def trained(
    z: Sequence[Tensor], steps: int, seed: int, width: int = WIDTH
) -> flow.networks.Velocity:
    """A flow of chapter 13 over the latents [N, K] of each family."""
    torch.manual_seed(seed)
    labels = torch.arange(len(z)).repeat_interleave(torch.tensor([len(a) for a in z]))
    learner = flow.Flow(
        network(z[0].shape[1], width), lr=RATE, ema=BATCH * max(steps // 8, 1)
    )
    source = batches(torch.cat(list(z)), labels, seed)
    budget = training.Budget(steps=steps)
    training.fit(learner, source, budget, progress=False, threads=1)
    return learner.trained()


@torch.no_grad()
def drawn(velocity: flow.networks.Velocity, kind: str, n: int, seed: int) -> Tensor:
    """n latents [n, K] of a kind by the flow; the same seed gives the same ones."""
    labels = torch.full((n,), KINDS.index(kind))
    noise = torch.randn(
        n, *velocity.shape, generator=torch.Generator().manual_seed(seed)
    )
    return flow.solve(told(velocity, labels), noise, STEPS)


def normal(z: Tensor) -> Draw:
    """The normal law with the mean and covariance of latents [N, K]."""
    mean, factor = (
        z.mean(0),
        torch.linalg.cholesky(torch.cov(z.T) + 1e-6 * torch.eye(z.shape[1])),
    )
    return lambda n, g: mean + torch.randn(n, len(mean), generator=g) @ factor.T


def kernel(z: Tensor, width: float) -> Draw:
    """A kernel density estimate: a training latent, and noise of this deviation."""

    def draw(n: int, g: torch.Generator) -> Tensor:
        rows = torch.randint(len(z), (n,), generator=g)
        return z[rows] + width * torch.randn(n, z.shape[1], generator=g)

    return draw


def mixed(z: Tensor) -> Draw:
    """Half way between two training latents."""

    def draw(n: int, g: torch.Generator) -> Tensor:
        return z[torch.randint(len(z), (2, n), generator=g)].mean(0)

    return draw
