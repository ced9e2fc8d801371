"""Networks that are told what to draw, and three ways to judge whether they did.

A condition is a row of numbers: the one-hot vector of a class, then attributes if there
are any. Wherever labels are taken, int [N] stands for one-hot rows; float rows
[N, classes + attributes] are taken as they are, so that classes can be mixed.
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.gan.networks import (
    Discriminator,
    Generator,
    fast_generator,
    start_small,
)

FEATURES = 512  # of an image, before D decides
LOUDNESS = 8.0  # a one-hot vector is one number among 64 latents: let it be heard


def conditions(y: Tensor, n: int, classes: int, attributes: int = 0) -> Tensor:
    """Labels int [n] as one-hot rows [n, classes]; float rows as they are.

    Rows are [n, classes + attributes]; labels alone suffice only without attributes.
    Raises CourseError for another shape, labels out of range, and NaN.
    """
    wanted = (n, classes + attributes)
    if y.is_floating_point():
        damaged = validate.is_seen(y) and not bool(y.isfinite().all())
        if tuple(y.shape) != wanted or damaged:
            raise CourseError(
                f"Conditions are finite rows {list(wanted)}: a share for each of the"
                f" {classes} classes and {attributes} attributes; got {list(y.shape)}."
            )
        return y
    if attributes:
        raise CourseError(
            f"This network wants {attributes} attributes beside each label: give float"
            f" rows {list(wanted)}."
        )
    return one_hot(cast(Tensor, validate.labels(y, n, classes)), classes).float()


class ConditionalGenerator(Generator):
    """G(z, y): the fast DCGAN generator with the condition beside the latents.

    Mirza & Osindero 2014, section 3.2. Its input [N, latent + classes + attributes] may
    also be given in one piece, as `latents` draws it.
    """

    def __init__(
        self, classes: int = 10, attributes: int = 0, width: int = 32, latent: int = 64
    ) -> None:
        layers = fast_generator(latent + classes + attributes, width, 1)
        super().__init__(latent, layers)
        self.classes, self.attributes = classes, attributes
        first = cast(nn.Linear, layers[0])
        with torch.no_grad():
            first.weight[:, latent:] *= LOUDNESS

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """Latents [N, latent] and labels or conditions to images [N, 1, 28, 28].

        Without y, z is [N, latent + classes + attributes], condition last.
        """
        if y is not None:
            rows = conditions(y, len(z), self.classes, self.attributes)
            z = torch.cat([z, rows.to(z)], dim=1)
        return super().forward(z)

    def latents(
        self,
        n: int,
        generator: torch.Generator | None = None,
        labels: Tensor | None = None,
    ) -> Tensor:
        """Latents and conditions [n, latent + classes + attributes].

        labels: as `conditions` takes them; without, the classes come in turn and the
        attributes are standard normal.
        """
        z = super().latents(n, generator)
        if labels is not None:
            rows = conditions(labels, n, self.classes, self.attributes)
            return torch.cat([z, rows.to(z)], dim=1)
        turn = one_hot(torch.arange(n) % self.classes, self.classes)
        where = generator.device if generator else z.device
        more = torch.randn(n, self.attributes, generator=generator, device=where)
        return torch.cat([z, turn.to(z), more.to(z)], dim=1)


class ConditionalDiscriminator(Discriminator):
    """D(x, y), conditioned by concatenation (Mirza & Osindero 2014, section 3.2).

    The condition stands beside the image's features, and a hidden layer sees both.
    norm: its batch norm, which gradient penalties do without.
    """

    beside = True  # whether the condition enters the hidden layer

    def __init__(
        self,
        classes: int = 10,
        attributes: int = 0,
        width: int = 32,
        norm: bool = True,
    ) -> None:
        super().__init__(start_small(_body(width, norm)))
        self.classes, self.attributes = classes, attributes
        extra = classes + attributes if self.beside else 0
        self.hidden = nn.Sequential(
            *start_small([nn.Linear(49 * width + extra, FEATURES, bias=not norm)]),
            *([nn.BatchNorm1d(FEATURES)] if norm else []),
            nn.LeakyReLU(0.2, inplace=True),
        )
        self.score = nn.Sequential(*start_small([nn.Linear(FEATURES, 1)]))

    def forward(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """Images [N, 1, 28, 28] in [-1, 1] and labels or conditions to logits [N, 1].

        Raises CourseError without a condition, or for one that does not fit.
        """
        return self.judge(x, y)[0]

    def judge(self, x: Tensor, y: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Logits [N, 1], and D's guess of the condition where it makes one."""
        if y is None:
            raise CourseError("This network is conditional: call it with labels.")
        rows = conditions(y, len(x), self.classes, self.attributes).to(x)
        h = self.net(x)  # [N, 49 width]
        h = self.hidden(torch.cat([h, rows], dim=1) if self.beside else h)  # [N, 512]
        logits, guess = self.decide(h, rows)
        return logits.to(x.dtype), guess

    def decide(self, h: Tensor, rows: Tensor) -> tuple[Tensor, Tensor | None]:
        """Features [N, 512] and conditions [N, C] to logits [N, 1] and a guess."""
        return self.score(h), None


class ProjectionDiscriminator(ConditionalDiscriminator):
    """D(x, y) with logit psi(h) + v_y . h (Miyato & Koyama 2018, equation 5)."""

    beside = False

    def __init__(
        self,
        classes: int = 10,
        attributes: int = 0,
        width: int = 32,
        norm: bool = True,
    ) -> None:
        super().__init__(classes, attributes, width, norm)
        inputs = classes + attributes
        self.embed = nn.Linear(inputs, FEATURES, bias=False)  # column y is v_y
        start_small([self.embed])

    def decide(self, h: Tensor, rows: Tensor) -> tuple[Tensor, Tensor | None]:
        """psi(h) + v_y . h, [N, 1], and no guess."""
        return self.score(h) + (self.embed(rows) * h).sum(1, keepdim=True), None


class AuxiliaryDiscriminator(ConditionalDiscriminator):
    """D(x) beside a classifier C(x) of the same features (Odena et al. 2017).

    The condition is not looked at: C has to guess it.
    """

    beside = False

    def __init__(
        self,
        classes: int = 10,
        attributes: int = 0,
        width: int = 32,
        norm: bool = True,
    ) -> None:
        super().__init__(classes, attributes, width, norm)
        self.guess = nn.Linear(FEATURES, classes + attributes)
        start_small([self.guess])

    def decide(self, h: Tensor, rows: Tensor) -> tuple[Tensor, Tensor | None]:
        """Logits [N, 1] of D(x), and C's class logits and attributes [N, C]."""
        return self.score(h), self.guess(h)


def _body(width: int, norm: bool) -> list[nn.Module]:
    """The fast DCGAN discriminator up to its features at 7 x 7."""
    return [
        nn.Conv2d(1, width // 2, 4, stride=2, padding=1),  # [N, width / 2, 14, 14]
        nn.LeakyReLU(0.2, inplace=True),
        nn.Conv2d(width // 2, width, 4, stride=2, padding=1, bias=not norm),
        *([nn.BatchNorm2d(width)] if norm else []),  # [N, width, 7, 7]
        nn.LeakyReLU(0.2, inplace=True),
        nn.Flatten(),  # [N, 49 width]
    ]


DISCRIMINATORS: dict[str, type[ConditionalDiscriminator]] = {
    "concatenation": ConditionalDiscriminator,
    "projection": ProjectionDiscriminator,
    "auxiliary": AuxiliaryDiscriminator,
}
