"""A new digit from a few examples: which weights may learn, and what is shown beside.

Textual inversion (Gal et al. 2022, equation 2) learns one condition vector c and leaves
the network alone. LoRA (Hu et al. 2022) adds matrices of low rank. Full fine-tuning
changes all weights of the velocity. Prior preservation (Ruiz et al. 2023, equation 2)
shows the network what it drew of the old classes before. The VAE never changes.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from aigc_course import training, validate
from aigc_course.apps.glyphs import base as bases
from aigc_course.attention import lora
from aigc_course.data import to_float
from aigc_course.errors import CourseError
from aigc_course.flow.latent import LatentFlow
from aigc_course.flow.learner import Flow
from aigc_course.flow.networks import MLP, Velocity
from aigc_course.flow.paths import on_line
from aigc_course.vae import losses
from aigc_course.vae.observations import to_signed, to_unit

WHERE = ("modulation", "up", "down")  # the matrices of a block
TABLE = "net.condition.label.weight"  # the condition vectors
ROWS = 64  # examples in a batch, drawn with replacement
BANK = 100  # latents of each old class, drawn by the old model
STEPS = 200
Loss = Callable[[Tensor, Tensor, float], Tensor]
SOLVER = 8  # Heun steps


@dataclass(frozen=True)
class Way:
    """What learns beside the new condition vector, and how fast.

    rank: of the additions to the matrices of the blocks; 0 for none. whole: all weights
    of the velocity learn. prior: the weight of the old classes in the loss; 0 shows
    none of them.
    """

    lr: float
    rank: int = 0
    whole: bool = False
    prior: float = 0.0


WAYS = {
    "vector": Way(lr=0.1),
    "lora": Way(lr=0.03, rank=4),
    "lora, prior": Way(lr=0.03, rank=4, prior=1.0),
    "full": Way(lr=0.001, whole=True),
    "full, prior": Way(lr=0.001, whole=True, prior=1.0),
}


class Examples:
    """Endless batches of latents (z [B, latent], labels [B]); see `training.fit`.

    `ROWS` latents of the examples, each z ~ q(z|x) of one of them; with `old`, as many
    that the old model drew, of all its classes.

    images: uint8 [n, 1, 28, 28], the examples.
    """

    per_epoch = 1

    def __init__(
        self, base: LatentFlow, images: Tensor, new: int, old: bool = False
    ) -> None:
        self.networks, self.new = base.trained(), bases.digit(new)
        self.batch_size = 2 * ROWS if old else ROWS
        with torch.no_grad():
            shown = to_unit(to_float(images))
            self.mean, self.log_variance = self.networks.vae.encode(shown)
        self.old = drawn(base, new) if old else None

    def __next__(self) -> tuple[Tensor, Tensor]:
        rows = torch.randint(len(self.mean), (ROWS,))
        z = losses.reparameterise(self.mean[rows], self.log_variance[rows])
        z, labels = self.networks.standardise(z), torch.full((ROWS,), self.new)
        if self.old is not None:
            more = torch.randint(len(self.old[0]), (ROWS,))
            z, labels = (
                torch.cat([z, self.old[0][more]]),
                torch.cat([labels, self.old[1][more]]),
            )
        return z, labels

    def state_dict(self) -> dict[str, Any]:
        """Nothing: the batches come from torch's global generator."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing to load."""


def drawn(base: LatentFlow, new: int, each: int = BANK) -> tuple[Tensor, Tensor]:
    """What a model draws of its nine classes: latents [9 each, latent] and labels."""
    labels = torch.tensor(bases.others(new)).repeat(each)
    chance = torch.Generator().manual_seed(0)
    return base.latents(len(labels), chance, labels).z, labels


class Personal(Flow):
    """A copy of a velocity that learns a new class in one of the `WAYS`.

    loss: from the squared errors [B], which rows are old, bool [B], and the weight of
    these to a scalar; see `preserved`. The new condition vector starts at the mean of
    the old ones. Raises CourseError for a base without ten classes and what is not a
    digit.
    """

    def __init__(
        self, base: LatentFlow, new: int, way: Way, loss: Loss | None = None
    ) -> None:
        self.loss = loss or preserved
        self.base, self.new, self.way = base.trained(), bases.digit(new), way
        velocity = adapted(self.base.velocity, new, way)
        super().__init__(
            velocity, label_dropout=0, lr=way.lr, ema=None, decay_start=0.5
        )

    def step(self, batch: Any) -> dict[str, Tensor]:
        """Learn from latents z [B, latent] and labels [B], the new class among them.

        The loss is made from the squared errors |v(x_t, t, c) - (x1 - x0)|^2.
        """
        x1, labels = batch
        x0 = torch.randn_like(x1)
        t = torch.rand(len(x1))
        x_t = on_line(x0, x1, t[:, None])
        v = self.networks(x_t, t, labels)
        errors = (v - (x1 - x0)).square().mean(1)  # [B]
        loss = self.loss(errors, labels != self.new, self.way.prior)
        self.descent.descend(loss, len(x1))
        return {"loss": loss.detach()}

    @torch.no_grad()
    def pictures(
        self,
        n: int,
        generator: torch.Generator | None = None,
        labels: Tensor | None = None,
        steps: int = SOLVER,
    ) -> Tensor:
        """n images [n, 1, 28, 28] in [-1, 1] of the new class, or of these labels."""
        if labels is None:
            labels = torch.full((n,), self.new)
        z = self.sample(n, generator, labels, steps)
        return to_signed(self.base.pixels(z))


def preserved(errors: Tensor, old: Tensor, weight: float) -> Tensor:
    """mean of the new rows' errors + weight * mean of the old rows'    (Ruiz et al.).

    errors: [B]. old: bool [B]; without an old row the second term is 0.
    """
    loss = errors[~old].mean()
    return loss + weight * errors[old].mean() if bool(old.any()) else loss


def adapted(velocity: Velocity, new: int, way: Way) -> Velocity:
    """A copy of the velocity of which only what the way names can learn."""
    if velocity.classes != bases.CLASSES or not isinstance(velocity.net, MLP):
        raise CourseError("A new digit is learnt by a velocity of ten classes.")
    if way.rank:
        twin = lora.added(velocity, way.rank, where=WHERE)
    else:
        twin = copy.deepcopy(velocity).requires_grad_(way.whole)
    # a batch without old classes moves the new row alone
    table = vectors(twin).requires_grad_(True)
    with torch.no_grad():
        table[new] = table[bases.others(new)].mean(0)
    return twin.train()


def learn(
    base: LatentFlow,
    images: Tensor,
    new: int,
    way: str | Way,
    *,
    steps: int = STEPS,
    seed: int = 0,
    loss: Loss | None = None,
) -> Personal:
    """Learn a new digit from examples, uint8 [n, 1, 28, 28], in one of the `WAYS`.

    Every way takes as many steps, of `ROWS` latents of the examples; prior
    preservation adds as many of the old classes. loss: that of `Personal`. Seeds
    torch's global generator. Raises CourseError for an unknown way and for no examples.
    """
    if isinstance(way, str):
        if way not in WAYS:
            raise CourseError(f"The ways are {'; '.join(WAYS)}. There is no {way!r}.")
        way = WAYS[way]
    if not len(images):
        raise CourseError("A new digit needs at least one example.")
    validate.whole(steps, "The number of steps")
    training.seed_everything(seed)
    model = Personal(base, new, way, loss)
    examples = Examples(base, images, new, old=way.prior > 0)
    budget = training.Budget(steps=steps)
    training.fit(model, examples, budget, progress=False, threads=1)
    return model


class Told(nn.Module):
    """v(x, t, c): a velocity of ten classes that is told a vector c and no label."""

    def __init__(self, velocity: Velocity) -> None:
        super().__init__()
        self.velocity = copy.deepcopy(velocity).eval().requires_grad_(False)
        self.start = vectors(self.velocity)[:-1]  # [10, 64]

    def forward(self, x: Tensor, t: Tensor, c: Tensor) -> Tensor:
        """x [N, latent], t [N] and c [64] to velocities [N, latent]."""
        table = {TABLE: c.expand(self.velocity.classes + 1, -1)}
        labels = torch.zeros(len(x), dtype=torch.long)
        found: Tensor = functional_call(self.velocity, table, (x, t, labels))
        return found


def vectors(velocity: nn.Module) -> Tensor:
    """The condition vectors of a velocity: [classes + 1, 64], the last "not told"."""
    return velocity.get_parameter(TABLE)
