"""The conditional GAN: both players are told what is asked for."""

from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, mse_loss

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.gan.conditional import (
    ConditionalDiscriminator,
    ConditionalGenerator,
    conditions,
)
from aigc_course.gan.learner import GAN, Critic, Seen
from aigc_course.gan.learner import sample as draw
from aigc_course.training.shares import whole


class ConditionalGAN(GAN):
    """GAN in which both players are told the condition (Mirza & Osindero 2014).

    auxiliary: weight of the class loss, where D guesses the condition: a number for
        both players, or a pair (D's, G's). 1 in Odena et al. 2017, equation 3.
    taught_by_fakes: whether D's classifier also learns from generated images, as it
        does there, or from real ones alone.
    variety: weight of `variety_loss` in G's loss; 0 leaves it out.
    settings: those of `gan.GAN`. A gradient penalty needs a D without batch norm
        (norm=False), and its slope is taken in the image alone.
    Raises CourseError as `gan.GAN`, and for networks with different conditions.
    """

    generator: ConditionalGenerator
    discriminator: ConditionalDiscriminator
    real: Tensor  # images of this batch, as they were given
    asked: Tensor  # and their conditions, float [B, classes + attributes]
    guesses: tuple[Tensor | None, Tensor | None]  # D's, of real and generated images
    class_now: Tensor  # class loss on generated images, to be watched

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
        _check(generator, discriminator)
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
        self.real, y = _pair(batch)
        G = self.generator
        self.asked = conditions(y, len(self.real), G.classes, G.attributes)
        return super().step(self.real)

    def generate(self, n: int) -> Tensor:
        """Fakes that are asked for what the real images show."""
        z = torch.randn(n, self.generator.latent, device=self.real.device)
        return self.generator(z, self.asked)

    def judge(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """D: (x, y) is real, (G(z, y), y) is not. Logits [B, 1], and C's guesses."""
        D, y = self.discriminator, self.asked
        if self.joint:
            logits, both = D.judge(torch.cat([real, fake]), torch.cat([y, y]))
            cut = (None, None) if both is None else both.tensor_split(2)
            self.guesses = cut[0], cut[1]
            return logits[: len(y)], logits[len(y) :]
        real_logits, real_guess = D.judge(real, y)
        fake_logits, fake_guess = D.judge(fake, y)
        self.guesses = real_guess, fake_guess
        return real_logits, fake_logits

    @property
    def critic(self) -> Critic:
        """D as a function of images, asked about the conditions of this batch."""
        return partial(self.discriminator, y=self.asked)

    def discriminator_loss(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Seen]:
        """D's loss, and C's: both show y."""
        loss, seen = super().discriminator_loss(real, fake)
        named, again = (self.class_loss(guess, self.asked) for guess in self.guesses)
        if self.taught_by_fakes:
            named = named + again
        self.class_now = again.detach()
        return loss + self.d_auxiliary * named, seen

    def generator_loss(self, fake: Tensor, real: Tensor, real_logits: Tensor) -> Tensor:
        """G's loss: to be taken for real, as y, and not to draw one image for all."""
        logits, guess = self.discriminator.judge(self.augment(fake), self.asked)
        self.class_now = self.class_loss(guess, self.asked)
        loss = self.game.generator(logits, real_logits)
        loss = loss + self.g_auxiliary * self.class_now
        if self.variety:
            labels = self.asked[:, : self.generator.classes].argmax(1)
            batch = map(whole, (fake, self.real, labels))
            loss = loss + self.variety * variety_loss(*batch)
        return loss

    def readings(self, d_loss: Tensor, g_loss: Tensor, seen: Seen) -> dict[str, Tensor]:
        """What a step returns, with the class loss where D guesses."""
        told = super().readings(d_loss, g_loss, seen)
        return told if self.guesses[0] is None else {**told, "class": self.class_now}

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
    if validate.is_seen(same):
        if not bool(same.any()):
            return fake.new_zeros(())
        d_fake, d_real = ((x[a[same]] - x[b[same]]).abs().mean() for x in (fake, real))
        return (1 - d_fake / d_real.clamp(min=1e-6)).clamp(min=0)
    # the same by weights: how long a mask's choice is, a GPU says only when it is done
    gaps = [(x[a] - x[b]).abs().flatten(1).mean(1) * same for x in (fake, real)]
    d_fake, d_real = (gap.sum() / same.sum().clamp(min=1) for gap in gaps)
    return (1 - d_fake / d_real.clamp(min=1e-6)).clamp(min=0) * same.any()


def _pair(batch: Any) -> tuple[Tensor, Tensor]:
    if not isinstance(batch, tuple | list) or len(batch) != 2:
        raise CourseError(
            "A conditional GAN learns from pairs (images, labels):"
            " data.batches(..., labels=True) gives them."
        )
    return batch[0], batch[1]


def _check(
    generator: ConditionalGenerator, discriminator: ConditionalDiscriminator
) -> None:
    mine = generator.classes, generator.attributes
    if mine != (discriminator.classes, discriminator.attributes):
        raise CourseError(
            f"The generator has {mine[0]} classes and {mine[1]} attributes, the"
            f" discriminator {discriminator.classes} and {discriminator.attributes}:"
            " give both the same conditions."
        )
