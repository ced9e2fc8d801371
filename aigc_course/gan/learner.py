"""The GAN: two networks trained in turn, and one that can be sampled from."""

import copy
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.gan import losses
from aigc_course.gan.health import rules
from aigc_course.gan.networks import Discriminator, Generator
from aigc_course.gan.settings import check_settings
from aigc_course.gan.views import View
from aigc_course.training.ema import EMA, refresh_batch_norm
from aigc_course.training.health import Rule
from aigc_course.training.learner import CHUNK, Learner, Optimiser, frozen, placed

Critic = Callable[[Tensor], Tensor]
Regulariser = Callable[[Any, Tensor, Tensor], Tensor]

NORM_BATCHES, NORM_SEED = 10, 49


class Seen(NamedTuple):
    """What D was shown of a batch, and its logits on it, [B, 1] each."""

    real: Tensor
    fake: Tensor
    real_logits: Tensor
    fake_logits: Tensor


class GAN(Learner[Generator]):
    """Generator and discriminator in alternation (Goodfellow et al. 2014, algorithm 1).

    loss: a name in `losses.GAMES`, or a Game.
    lr: Adam's learning rate, or a pair (generator, discriminator).
    ema: half-life in real samples of the averaged generator that is sampled from; None
        samples the last weights.
    lr_warmup: samples over which the learning rate rises from 0, linearly.
    decay_start, final_lr_factor: it stays until the share `decay_start` of the
        training, then falls linearly to `final_lr_factor` times its height.
    regularisers: functions of (discriminator, real, fake) whose sum is added to the
        discriminator's loss; fake carries no gradient to the generator.
    reg_interval: they act once in so many steps, and that many times as strong (lazy
        regularisation, Karras et al. 2020).
    augment: what D is shown of real and generated samples alike (`gan.InstanceNoise`).
    d_steps: G learns at every d_steps-th batch only, D at each.
    max_grad_norm: the largest norm of either network's gradient.
    joint: D judges real and generated samples in one pass, which is faster.
    bf16: ask `training.fit` to compute inside the networks in bfloat16.

    A variant overrides `generate`, `discriminator_loss` or `generator_loss`. g and d
    are the two optimisers. Raises CourseError for settings that make no sense together.
    """

    def __init__(
        self,
        generator: Generator,
        discriminator: Discriminator,
        *,
        loss: str | losses.Game = "non-saturating",
        lr: float | tuple[float, float] = 2e-4,
        betas: tuple[float, float] = (0.5, 0.999),
        ema: float | None = None,
        lr_warmup: float = 0,
        decay_start: float = 1.0,
        final_lr_factor: float = 1.0,
        regularisers: Sequence[Regulariser] = (),
        reg_interval: int = 1,
        augment: View | None = None,
        d_steps: int = 1,
        max_grad_norm: float | None = None,
        joint: bool = False,
        bf16: bool = False,
        device: torch.device | str = "cpu",
    ) -> None:
        self.generator = placed(generator, device)
        self.discriminator = placed(discriminator, device)
        check_settings(discriminator, regularisers, reg_interval, d_steps, joint)
        self.game = losses.game(loss)
        self.lr = lr if isinstance(lr, tuple) else (lr, lr)
        # first=0: the rate of the first step is 0, as in all recorded trainings
        schedule: dict[str, Any] = {
            "decay_start": decay_start,
            "final_lr_factor": final_lr_factor,
            "max_grad_norm": max_grad_norm,
        }
        schedule |= {"lr_warmup": lr_warmup, "first": 0}
        self.g = Optimiser(generator, self.lr[0], betas, ema=ema, **schedule)
        self.d = Optimiser(discriminator, self.lr[1], betas, **schedule)
        super().__init__(g=self.g, d=self.d)
        self.batches = 0  # seen
        self.regularisers, self.reg_interval = tuple(regularisers), reg_interval
        self.augment: View = copy.deepcopy(augment) if augment else _identity
        self.d_steps, self.joint, self.bf16 = d_steps, joint, bf16

    def step(self, real: Any) -> dict[str, Tensor]:
        """Teach D, then G, on one batch of real samples.

        real: images [B, 1, 28, 28] in [-1, 1], or points [B, d]. Returns both losses
        and D's mean belief in real and in generated samples.
        """
        fake = self.generate(len(real))  # as real

        # D: tell real from fake; detach, so that no gradient reaches G
        d_loss, seen = self.discriminator_loss(real, fake.detach())
        self.d.descend(d_loss, len(real))

        # G: fool the D that has just learnt; D is frozen, so only G's gradients cost
        self.batches += 1
        if self.batches % self.d_steps == 0:
            with frozen(self.discriminator):
                g_loss = self.generator_loss(fake, seen.real, seen.real_logits.detach())
                self.g.descend(g_loss, len(real))
        else:  # not its turn
            g_loss = self.game.generator(seen.fake_logits, seen.real_logits)
            self.g.count(len(real))
        return self.readings(d_loss, g_loss, seen)

    def generate(self, n: int) -> Tensor:
        """n generated samples, with their path to G's weights."""
        return self.generator(self.generator.latents(n))

    def discriminator_loss(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Seen]:
        """What D minimises, a scalar, and what it saw and said.

        real, fake: [B, ...]; fake carries no gradient to G.
        """
        real, fake = self.augment(real), self.augment(fake)
        real_logits, fake_logits = self.judge(real, fake)
        loss = self.game.discriminator(real_logits, fake_logits)
        if self.batches % self.reg_interval == 0:
            for regulariser in self.regularisers:
                loss = loss + self.reg_interval * regulariser(self.critic, real, fake)
        return loss, Seen(real, fake, real_logits, fake_logits)

    def generator_loss(self, fake: Tensor, real: Tensor, real_logits: Tensor) -> Tensor:
        """What G minimises on its samples, a scalar.

        real: as D was shown it. real_logits: what D said of it before it learnt; only
        relativistic losses look at them.
        """
        return self.game.generator(self.critic(self.augment(fake)), real_logits)

    @property
    def critic(self) -> Critic:
        """D as a function of samples alone."""
        return self.discriminator

    def judge(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """D's logits on real and generated samples, [B, 1] each."""
        if self.joint:
            logits = self.discriminator(torch.cat([real, fake]))  # [2 B, 1]
            return logits[: len(real)], logits[len(real) :]
        return self.discriminator(real), self.discriminator(fake)

    def readings(self, d_loss: Tensor, g_loss: Tensor, seen: Seen) -> dict[str, Tensor]:
        """What a step returns to be watched."""
        d_real = seen.real_logits.sigmoid().mean()
        d_fake = seen.fake_logits.sigmoid().mean()
        return {"D": d_loss, "G": g_loss, "D(x)": d_real, "D(G(z))": d_fake}

    @property
    def ema(self) -> EMA | None:
        """The average of G's weights, if one is kept."""
        return self.g.ema

    @property
    def symptoms(self) -> tuple[Rule, ...]:
        """What the health monitor looks for, with advice for these settings."""
        return rules(self.game, self.lr)

    def anneal(self, progress: float) -> None:
        """Set the learning rates and what D is shown for this share of the training."""
        if hasattr(self.augment, "anneal"):
            self.augment.anneal(progress)
        super().anneal(progress)

    def trained_generator(self) -> Generator:
        """A copy of the generator for sampling: averaged weights if there is an EMA.

        In evaluation mode; the averaged weights get batch-norm statistics of their own.
        """
        twin = self.g.trained()
        if self.ema is None:
            return twin
        seeded = torch.Generator().manual_seed(NORM_SEED)
        refresh_batch_norm(
            twin, [twin.latents(200, seeded) for _ in range(NORM_BATCHES)]
        )
        return twin

    def trained(self) -> Generator:
        """What is sampled from: `trained_generator`."""
        return self.trained_generator()

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw n samples: images [n, 1, 28, 28] in [-1, 1], or points [n, d]."""
        return sample(self.trained_generator(), n, generator)

    def state_dict(self) -> dict[str, Any]:
        """Networks, optimisers, the average, and the number of batches seen."""
        return {**super().state_dict(), "batches": self.batches}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state; KeyError or RuntimeError if it does not fit."""
        super().load_state_dict(_renewed(state) if "g_optimizer" in state else state)
        self.batches = state.get("batches", 0)  # older checkpoints lack it


@torch.no_grad()
def sample(
    network: Generator,
    n: int,
    generator: torch.Generator | None = None,
    labels: Tensor | None = None,
) -> Tensor:
    """Draw n images from a generator network, float32 [n, 1, 28, 28] in [-1, 1].

    generator: source of the latents; the global one when None. labels: what to draw, of
    a conditional network. Raises CourseError for n below 1, or labels that do not fit.
    """
    if n < 1:
        raise CourseError(f"The number of samples is at least 1, not {n}.")
    was_training = network.training
    network.eval()
    latents = network.latents(n, generator, labels).split(CHUNK)
    images = torch.cat([network(z) for z in latents])
    network.train(was_training)
    return images.float().contiguous()


def _renewed(state: dict[str, Any]) -> dict[str, Any]:
    """A state as it was saved before each optimiser kept its own network."""
    average = {"ema": state["ema"]} if "ema" in state else {}
    names = {"g": "generator", "d": "discriminator"}
    return {
        key: {
            "networks": state[name],
            "optimizer": state[f"{key}_optimizer"],
            "images": state["images"],
            **average,
        }
        for key, name in names.items()
    }


def _identity(samples: Tensor) -> Tensor:
    return samples
