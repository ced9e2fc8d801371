"""The GAN: two networks trained in turn, and one that can be sampled from."""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from aigc_course.errors import CourseError
from aigc_course.gan import losses
from aigc_course.gan.health import rules
from aigc_course.gan.networks import Discriminator, Generator
from aigc_course.gan.refusals import check_settings
from aigc_course.gan.views import View
from aigc_course.training.ema import EMA, refresh_batch_norm
from aigc_course.training.health import Rule
from aigc_course.training.learner import CHUNK, frozen, placed

Regulariser = Callable[[nn.Module, Tensor, Tensor], Tensor]

NORM_BATCHES, NORM_SEED = 10, 49


class GAN:
    """Generator and discriminator in alternation (Goodfellow et al. 2014, algorithm 1).

    loss: a name in `losses.GAMES`, or a Game.
    lr: Adam's learning rate, or a pair (generator, discriminator).
    ema: half-life in real samples of the averaged generator that is sampled from; None
        samples the last weights.
    warm: samples over which the learning rate rises from 0, linearly.
    hold, final: it stays until the share `hold` of the training, then falls linearly
        to `final` times its height.
    regularisers: functions of (discriminator, real, fake) whose sum is added to the
        discriminator's loss; fake carries no gradient to the generator.
    lazy: they act at every lazy-th step, lazy times as strong (Karras et al. 2020).
    view: what D is shown of real and generated samples alike (`gan.InstanceNoise`).
    d_steps: G learns at every d_steps-th batch only, D at each.
    clip: the largest norm of either network's gradient.
    joint: D judges real and generated samples in one pass, which is faster.
    bf16: ask `training.fit` to compute inside the networks in bfloat16.

    Raises CourseError for settings that make no sense together.
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
        warm: float = 0,
        hold: float = 1.0,
        final: float = 1.0,
        regularisers: Sequence[Regulariser] = (),
        lazy: int = 1,
        view: View | None = None,
        d_steps: int = 1,
        clip: float | None = None,
        joint: bool = False,
        bf16: bool = False,
        device: torch.device | str = "cpu",
    ) -> None:
        self.generator = placed(generator, device)
        self.discriminator = placed(discriminator, device)
        check_settings(discriminator, regularisers, lazy, d_steps, clip, joint)
        self.game = losses.game(loss)
        self.lr = lr if isinstance(lr, tuple) else (lr, lr)
        self.g_optimizer = _adam(generator, self.lr[0], betas)
        self.d_optimizer = _adam(discriminator, self.lr[1], betas)
        self.ema = EMA(generator, ema) if ema else None
        self.warm, self.hold, self.final = warm, hold, final
        self.images = self.batches = 0  # real ones seen
        self.regularisers, self.lazy = tuple(regularisers), lazy
        self.view: View = copy.deepcopy(view) if view else _as_it_is
        self.d_steps, self.clip, self.joint, self.bf16 = d_steps, clip, joint, bf16

    def step(self, real: Tensor) -> dict[str, Tensor]:
        """Teach D, then G, on one batch of real samples.

        real: images [B, 1, 28, 28] in [-1, 1], or points [B, d]. Returns both losses
        and D's mean belief in real and in generated samples.
        """
        fake = self.generator(self.generator.latents(len(real)))  # as real

        # D: tell real from fake; detach, so that no gradient reaches G
        shown = self.view(real), self.view(fake.detach())
        real_logits, fake_logits = self.judge(*shown)  # [B, 1] each
        d_loss = self.game.discriminator(real_logits, fake_logits)
        if self.batches % self.lazy == 0:
            for regulariser in self.regularisers:
                d_loss = d_loss + self.lazy * regulariser(self.discriminator, *shown)
        self._descend(self.d_optimizer, d_loss)

        # G: fool the D that has just learnt; D is frozen, so only G's gradients cost
        self.batches += 1
        if self.batches % self.d_steps == 0:
            with frozen(self.discriminator):
                g_loss = self.generator_loss(fake, shown[0], real_logits.detach())
                self._descend(self.g_optimizer, g_loss)
        else:
            g_loss = self.game.generator(fake_logits, real_logits)  # not its turn
        self.images += len(real)
        if self.ema:
            self.ema.update(self.generator, len(real))

        d_real, d_fake = real_logits.sigmoid().mean(), fake_logits.sigmoid().mean()
        return {"D": d_loss, "G": g_loss, "D(x)": d_real, "D(G(z))": d_fake}

    def judge(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """D's logits on real and generated samples, [B, 1] each."""
        if self.joint:
            logits = self.discriminator(torch.cat([real, fake]))  # [2 B, 1]
            return logits[: len(real)], logits[len(real) :]
        return self.discriminator(real), self.discriminator(fake)

    def generator_loss(self, fake: Tensor, real: Tensor, real_logits: Tensor) -> Tensor:
        """What G minimises on its samples, a scalar.

        real: as D was shown it. real_logits: what D said of it before it learnt; only
        relativistic losses look at them.
        """
        return self.game.generator(self.discriminator(self.view(fake)), real_logits)

    @property
    def symptoms(self) -> tuple[Rule, ...]:
        """What the health monitor looks for, with advice for these settings."""
        return rules(self.game, self.lr)

    def anneal(self, progress: float) -> None:
        """Set the learning rates, and the view, for this share of the training."""
        if hasattr(self.view, "anneal"):
            self.view.anneal(progress)
        # up to 1 in `warm` images, 1 until `hold`, then a straight line to `final`
        rise = min(1.0, self.images / self.warm) if self.warm else 1.0
        fall = max(0.0, progress - self.hold) / max(1 - self.hold, 1e-9)
        factor = rise * (1 - (1 - self.final) * min(fall, 1.0))
        for optimizer, lr in zip(self._optimizers(), self.lr, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = lr * factor

    def trained_generator(self) -> Generator:
        """A copy of the generator for sampling: averaged weights if there is an EMA.

        In evaluation mode; the averaged weights get batch-norm statistics of their own.
        """
        if self.ema is None:
            return copy.deepcopy(self.generator).eval()
        twin = self.ema.network(self.generator)
        seeded = torch.Generator().manual_seed(NORM_SEED)
        refresh_batch_norm(
            twin, [twin.latents(200, seeded) for _ in range(NORM_BATCHES)]
        )
        return twin

    def trained(self) -> nn.Module:
        """What is sampled from: `trained_generator`."""
        return self.trained_generator()

    def load_trained(self, weights: Mapping[str, Tensor]) -> None:
        """Sample from these weights, a state of `trained()`; RuntimeError if not."""
        self.generator.load_state_dict(weights)
        self.ema = None

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw n samples: images [n, 1, 28, 28] in [-1, 1], or points [n, d]."""
        return sample(self.trained_generator(), n, generator)

    def state_dict(self) -> dict[str, Any]:
        """Networks, optimisers, EMA and the numbers of images and batches seen."""
        parts = {name: part.state_dict() for name, part in self._parts().items()}
        return {**parts, "images": self.images, "batches": self.batches}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state; KeyError or RuntimeError if it does not fit."""
        for name, part in self._parts().items():
            part.load_state_dict(state[name])
        self.images = state["images"]
        self.batches = state.get("batches", 0)  # older checkpoints lack it

    def _descend(self, optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
        if not loss.requires_grad:
            raise CourseError(
                "No gradient reaches the weights: a view has cut its path, or the step"
                " is taken under torch.no_grad()."
            )
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if self.clip:
            weights = optimizer.param_groups[0]["params"]
            nn.utils.clip_grad_norm_(weights, self.clip)
        optimizer.step()

    def _optimizers(self) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
        return self.g_optimizer, self.d_optimizer

    def _parts(self) -> dict[str, Any]:
        names = ("generator", "discriminator", "g_optimizer", "d_optimizer", "ema")
        parts = {name: getattr(self, name) for name in names}
        return {name: part for name, part in parts.items() if part is not None}


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


def _adam(
    network: nn.Module, lr: float, betas: tuple[float, float]
) -> torch.optim.Optimizer:
    # fused: one pass over all weights, 5 times faster on a CPU
    return torch.optim.Adam(network.parameters(), lr, betas, fused=True)


def _as_it_is(samples: Tensor) -> Tensor:
    return samples
