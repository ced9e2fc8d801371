"""The two losses of G on digits, from an equal start and against a D that is ahead."""

from dataclasses import replace
from typing import Any

from torch import Tensor
from torch.nn.utils import get_total_norm

from aigc_course import gan
from aigc_course.gan.networks import Discriminator, Generator
from aigc_course.studies.shared import digits
from aigc_course.studies.study import Column, Method, Study

STEPS = 800
AHEAD = 200  # batches that D alone learns from
NEVER = 10**9


class Ahead(gan.GAN):
    """A GAN whose D learns alone from the first `ahead` batches.

    first_slope: length of G's gradient in its first step, NaN before.
    """

    def __init__(
        self,
        generator: Generator,
        discriminator: Discriminator,
        *,
        ahead: int = 0,
        **settings: Any,
    ) -> None:
        super().__init__(generator, discriminator, **settings)
        self.ahead, self.first_slope = ahead, float("nan")

    def step(self, real: Tensor) -> dict[str, Tensor]:
        """Teach D, and G when D's lead is over."""
        self.d_steps = 1 if self.batches >= self.ahead else NEVER
        values = super().step(real)
        if self.batches == self.ahead + 1:
            weights = self.generator.parameters()
            slopes = [w.grad for w in weights if w.grad is not None]
            self.first_slope = float(get_total_norm(slopes))
        return values


def study() -> Study:
    """log(1 - D(G(z))) against -log D(G(z))."""
    starts, losses = {"": 0, "-ahead": AHEAD}, ("non-saturating", "saturating")
    return Study(
        "saturating",
        "What does the saturating loss cost, and what when D is ahead?",
        methods={
            f"{loss}{start}": _method(loss, ahead)
            for start, ahead in starts.items()
            for loss in losses
        },
        columns=(
            *digits.COLUMNS,
            Column("first_slope", "length of G's first gradient", better=""),
        ),
        failed=digits.lost,
        rule=digits.RULE,
        seconds=14,
        data="auto",
    )


def _method(loss: str, ahead: int) -> Method:
    game = "minimax" if loss == "saturating" else loss
    plain = digits.small_dcgan(loss=game, lr=1e-3, betas=(0.5, 0.99), ahead=ahead)
    recipe = replace(plain, learner=Ahead)
    about = f"D learns alone from {ahead} batches first." if ahead else ""
    return digits.method(recipe, STEPS + ahead, about, look=_look)


def _look(model: gan.GAN) -> dict[str, Any]:
    assert isinstance(model, Ahead)
    return {"first_slope": model.first_slope}
