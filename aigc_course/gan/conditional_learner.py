"""The conditional GAN: both players are told what is asked for."""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, mse_loss

from aigc_course.errors import CourseError
from aigc_course.gan.conditional import (
    ConditionalDiscriminator,
    ConditionalGenerator,
    conditions,
)
from aigc_course.gan.learner import GAN, _frozen
from aigc_course.gan.learner import sample as draw


class ConditionalGAN(GAN):
    """GAN in which both players are told the condition (Mirza & Osindero 2014).

    auxiliary: weight of the class loss, where D guesses the condition (Odena et al.
        2017, equation 3; there 1).
    settings: those of `gan.GAN` but regularisers, lazy, d_steps and joint.
    Raises CourseError for these, and for networks with different conditions.
    """

    generator: ConditionalGenerator
    discriminator: ConditionalDiscriminator

    def __init__(
        self,
        generator: ConditionalGenerator,
        discriminator: ConditionalDiscriminator,
        *,
        auxiliary: float = 1.0,
        **settings: Any,
    ) -> None:
        _check(generator, discriminator, settings)
        super().__init__(generator, discriminator, **settings)
        self.auxiliary = auxiliary

    def step(self, batch: Any) -> dict[str, Tensor]:
        """Teach D, then G, on one batch of real images with their labels.

        batch: images [B, 1, 28, 28] in [-1, 1] and labels int [B], or conditions float
        [B, classes + attributes]. Returns what `gan.GAN.step` does, and the class loss
        on generated images where D guesses.
        """
        real, y = _pair(batch)
        G, D = self.generator, self.discriminator
        y = conditions(y, len(real), G.classes, G.attributes)
        z = torch.randn(len(real), G.latent, device=real.device)
        fake = G(z, y)  # the fakes are asked for what the real images show

        # D: (x, y) is real, (G(z, y), y) is not; C: both show y
        real_logits, real_guess = D.judge(self.view(real), y)
        fake_logits, fake_guess = D.judge(self.view(fake.detach()), y)
        d_loss = self.game.discriminator(real_logits, fake_logits)
        d_loss = d_loss + sum(self.class_loss(g, y) for g in (real_guess, fake_guess))
        self._descend(self.d_optimizer, d_loss)

        # G: be taken for real as y, by the D that has just learnt
        with _frozen(D):
            logits, guess = D.judge(self.view(fake), y)
            class_loss = self.class_loss(guess, y)
            g_loss = self.game.generator(logits, real_logits.detach()) + class_loss
            self._descend(self.g_optimizer, g_loss)
        self._count(len(real))

        d_real, d_fake = real_logits.sigmoid().mean(), fake_logits.sigmoid().mean()
        seen = {"D": d_loss, "G": g_loss, "D(x)": d_real, "D(G(z))": d_fake}
        return seen if guess is None else {**seen, "class": class_loss}

    def class_loss(self, guess: Tensor | None, y: Tensor) -> Tensor:
        """-log C(y|x) of the class, and the squared error of attributes: a scalar.

        guess: [B, classes + attributes], or None, which costs nothing. y: conditions.
        """
        if guess is None:
            return y.new_zeros(())
        k = self.generator.classes
        loss = cross_entropy(guess[:, :k].float(), y[:, :k])
        if self.generator.attributes:
            loss = loss + mse_loss(guess[:, k:].float(), y[:, k:])
        return self.auxiliary * loss

    @torch.no_grad()
    def sample(
        self,
        n: int,
        generator: torch.Generator | None = None,
        labels: Tensor | None = None,
    ) -> Tensor:
        """Draw n images as asked for: [n, 1, 28, 28] in [-1, 1].

        labels: int [n], or conditions float [n, classes + attributes]; None goes
        through the classes in turn. Raises CourseError when n is not positive, or
        labels do not fit.
        """
        return draw(self.trained_generator(), n, generator, labels)

    def _count(self, images: int) -> None:
        self.batches += 1
        self.images += images
        if self.ema:
            self.ema.update(self.generator, images)


def _pair(batch: Any) -> tuple[Tensor, Tensor]:
    if not isinstance(batch, tuple | list) or len(batch) != 2:
        raise CourseError(
            "A conditional GAN learns from pairs (images, labels):"
            " data.batches(..., labels=True) gives them."
        )
    return batch[0], batch[1]


def _check(
    generator: ConditionalGenerator,
    discriminator: ConditionalDiscriminator,
    settings: dict[str, Any],
) -> None:
    mine = generator.classes, generator.attributes
    if mine != (discriminator.classes, discriminator.attributes):
        raise CourseError(
            f"The generator has {mine[0]} classes and {mine[1]} attributes, the"
            f" discriminator {discriminator.classes} and {discriminator.attributes}:"
            " give both the same conditions."
        )
    refused = {"regularisers", "lazy", "d_steps", "joint"} & {*settings}
    if refused:
        raise CourseError(
            f"A conditional GAN does without {', '.join(sorted(refused))}: leave that"
            " out."
        )
