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
from aigc_course.gan.learner import GAN
from aigc_course.gan.learner import sample as draw
from aigc_course.training.learner import frozen


class ConditionalGAN(GAN):
    """GAN in which both players are told the condition (Mirza & Osindero 2014).

    auxiliary: weight of the class loss, where D guesses the condition: a number for
        both players, or a pair (D's, G's). 1 in Odena et al. 2017, equation 3.
    taught_by_fakes: whether D's classifier also learns from generated images, as it
        does there, or from real ones alone.
    variety: weight of `variety_loss` in G's loss; 0 leaves it out.
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
        auxiliary: float | tuple[float, float] = 1.0,
        taught_by_fakes: bool = True,
        variety: float = 0.0,
        **settings: Any,
    ) -> None:
        _check(generator, discriminator, settings)
        super().__init__(generator, discriminator, **settings)
        both = auxiliary if isinstance(auxiliary, tuple) else (auxiliary, auxiliary)
        self.d_auxiliary, self.g_auxiliary = both
        self.taught_by_fakes, self.variety = taught_by_fakes, variety

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
        named = self.class_loss(real_guess, y)
        if self.taught_by_fakes:
            named = named + self.class_loss(fake_guess, y)
        d_loss = d_loss + self.d_auxiliary * named
        self._descend(self.d_optimizer, d_loss)

        # G: be taken for real as y, by the D that has just learnt
        with frozen(D):
            logits, guess = D.judge(self.view(fake), y)
            class_loss = self.class_loss(guess, y)
            g_loss = self.game.generator(logits, real_logits.detach())
            g_loss = g_loss + self.g_auxiliary * class_loss
            if self.variety:
                alike = variety_loss(fake, real, y[:, : G.classes].argmax(1))
                g_loss = g_loss + self.variety * alike
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
        return loss

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


def variety_loss(fake: Tensor, real: Tensor, labels: Tensor) -> Tensor:
    """max(0, 1 - d(fake) / d(real)): how far images of one class differ too little.

    d is the mean absolute difference between two images with the same label, taken over
    neighbours in the order of their labels. Like the mode-seeking loss of Mao et al.
    2019, it keeps G from drawing one image for each class; unlike that, it
    asks for no more variety than the data have. fake, real: [B, ...], both with these
    labels, int [B]. Returns a scalar, 0 where no label comes twice.

    >>> x, y = torch.tensor([[0.0], [2.0]]), torch.tensor([3, 3])
    >>> float(variety_loss(x / 2, x, y)), float(variety_loss(2 * x, x, y))
    (0.5, 0.0)
    """
    order = labels.argsort(stable=True)
    a, b = order[:-1], order[1:]
    same = labels[a] == labels[b]
    if not bool(same.any()):
        return fake.new_zeros(())
    d_fake, d_real = ((x[a[same]] - x[b[same]]).abs().mean() for x in (fake, real))
    return (1 - d_fake / d_real.clamp(min=1e-6)).clamp(min=0)


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
