"""Learning from pairs: what was taken from a picture, and the picture."""

from typing import Any

import torch
from torch import Tensor, nn

from aigc_course import validate
from aigc_course.apps.networks import Restorer
from aigc_course.apps.tasks import Task
from aigc_course.errors import CourseError
from aigc_course.gan import losses
from aigc_course.training.learner import (
    CHUNK,
    Learner,
    Optimiser,
    frozen,
    images_and_labels,
    placed,
)


class Paired(Learner[Restorer]):
    """Restoration as a conditional GAN: pix2pix (Isola et al. 2017, equation 4).

    L_G = adversarial * L_GAN(D(s, G(s, z))) + pixel * E|y - G(s, z)|^power

    y is the picture, s its source, and D judges the two side by side. With
    adversarial = 0 there is no D, and G is a regression: the conditional mean at
    power 2, the conditional median at power 1.

    restorer: G. discriminator: judges [N, channels + 1, 28, 28]; None with
    adversarial = 0 only. task: what is taken away. loss: a name in `losses.GAMES`.
    join: share of the training after which D joins; until then G learns by pixels
        alone, which is faster and a good start (Ledig et al. 2017, section 3.2).
    lr: of both, or a pair (G, D). betas, decay_start, final_lr_factor, max_grad_norm,
        lr_warmup: as `training.Optimiser` has them.
    ema: half-life in pictures of G's averaged weights, which are the ones used.
    bf16: ask `training.fit` to compute inside the networks in bfloat16.

    Raises CourseError for settings that make no sense together.
    """

    def __init__(
        self,
        restorer: Restorer,
        task: Task,
        discriminator: nn.Module | None = None,
        *,
        adversarial: float = 1.0,
        pixel: float = 10.0,
        power: int = 1,
        join: float = 0.0,
        loss: str | losses.Game = "non-saturating",
        lr: float | tuple[float, float] = 1e-3,
        betas: tuple[float, float] = (0.5, 0.99),
        decay_start: float = 0.5,
        final_lr_factor: float = 0.0,
        max_grad_norm: float | None = None,
        lr_warmup: float = 25_000,
        ema: float | None = 50_000,
        bf16: bool = False,
        device: torch.device | str = "cpu",
    ) -> None:
        _check(restorer, task, discriminator, adversarial, pixel, power)
        self.task, self.game, self.bf16 = task, losses.game(loss), bf16
        self.adversarial, self.pixel, self.power = adversarial, pixel, power
        validate.share(join, "join")
        self.join, self.progress = join, 0.0
        rates = lr if isinstance(lr, tuple) else (lr, lr)
        schedule: dict[str, Any] = {
            "betas": betas,
            "decay_start": decay_start,
            "final_lr_factor": final_lr_factor,
            "max_grad_norm": max_grad_norm,
            "lr_warmup": lr_warmup,
        }
        self.restorer = placed(restorer, device)
        self.g = Optimiser(restorer, rates[0], ema=ema, **schedule)
        super().__init__(g=self.g)
        self.discriminator = discriminator
        if discriminator is not None:
            self.d = Optimiser(placed(discriminator, device), rates[1], **schedule)
            self.optimisers["d"] = self.d

    def step(self, batch: Any) -> dict[str, Tensor]:
        """Learn from pictures [B, 1, 28, 28] in [-1, 1], or a pair (pictures, labels).

        Returns the pixel loss, and with a discriminator both adversarial losses and
        D's mean belief in real and painted pictures.
        """
        y, _ = images_and_labels(batch)
        s = self.task.source(y)
        painted = self.task.finish(s, self.restorer(s))
        pixel = (y - painted).abs().pow(self.power).mean()
        if self.discriminator is None or self.progress < self.join:
            self.g.descend(self.pixel * pixel, len(y))
            return {"pixel": pixel.detach()}
        seen = self._teach_d(s, y, painted.detach())
        with frozen(self.discriminator):
            logits = self.discriminator(torch.cat([s, painted], dim=1))
            g_loss = self.game.generator(logits, seen.pop("real"))
            total = self.adversarial * g_loss + self.pixel * pixel
            self.g.descend(total, len(y))
        return {"pixel": pixel.detach(), "G": g_loss.detach(), **seen}

    def _teach_d(self, s: Tensor, y: Tensor, painted: Tensor) -> dict[str, Tensor]:
        """D: (s, y) is real, (s, G(s, z)) is not."""
        assert self.discriminator is not None
        real = self.discriminator(torch.cat([s, y], dim=1))  # [B, 1]
        fake = self.discriminator(torch.cat([s, painted], dim=1))
        loss = self.game.discriminator(real, fake)
        self.d.descend(loss, len(y))
        beliefs = {"D(y)": real.sigmoid().mean(), "D(G)": fake.sigmoid().mean()}
        return {"D": loss.detach(), "real": real.detach()} | {
            name: value.detach() for name, value in beliefs.items()
        }

    def anneal(self, progress: float) -> None:
        """Set the learning rates, and who learns, for this share of the training."""
        self.progress = progress
        super().anneal(progress)

    def restore(
        self, source: Tensor, generator: torch.Generator | None = None
    ) -> Tensor:
        """One answer for each source [N, C, H, W]: pictures [N, 1, H, W] in [-1, 1].

        generator: chooses the answers, where the network has noise.
        """
        return restore(self.trained(), self.task, source, generator)


@torch.no_grad()
def restore(
    network: Restorer,
    task: Task,
    source: Tensor,
    generator: torch.Generator | None = None,
) -> Tensor:
    """One answer of a trained network for each source: [N, 1, H, W] in [-1, 1].

    source: [N, C, H, W], as `task.source` makes it. Raises CourseError where it does
    not fit the network.
    """
    z = network.latents(len(source), generator).split(CHUNK)
    parts = zip(source.split(CHUNK), z, strict=True)
    answers = [task.finish(s, network(s, some)) for s, some in parts]
    return torch.cat(answers).float().contiguous()


def _check(
    restorer: Restorer,
    task: Task,
    discriminator: nn.Module | None,
    adversarial: float,
    pixel: float,
    power: int,
) -> None:
    if restorer.channels != task.channels:
        raise CourseError(
            f"The task's sources have {task.channels} channels, the restorer takes"
            f" {restorer.channels}: build it with channels={task.channels}."
        )
    if (discriminator is None) != (adversarial == 0):
        raise CourseError(
            "An adversarial loss needs a discriminator, and a discriminator a weight"
            " above 0: give both, or neither (adversarial=0)."
        )
    if min(adversarial, pixel) < 0 or adversarial + pixel == 0 or power not in (1, 2):
        raise CourseError(
            "The weights adversarial and pixel are from 0 up, one of them above 0, and"
            f" power is 1 or 2; got {adversarial}, {pixel} and {power}."
        )
