"""Batch norm's pitfalls: whose statistics, and when."""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from aigc_course import gan
from aigc_course.gan.networks import Generator
from aigc_course.studies.shared import digits
from aigc_course.studies.study import Method, Study

STEPS = 700
SETTINGS: dict[str, Any] = {
    "lr": 2e-3,
    "betas": (0.5, 0.99),
    "decay_start": 0.5,
    "final_lr_factor": 0.0,
}


class JointPass(gan.GAN):
    """D is shown real and generated samples in one batch, G's samples alone.

    `gan.GAN` refuses this with batch norm in D: statistics taken over both kinds make
    D's answer to one depend on the other, and G is then taught by another function.
    """

    def judge(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """D's logits on real and generated samples, [B, 1] each."""
        real_logits, fake_logits = self.discriminator(torch.cat([real, fake])).chunk(2)
        return real_logits, fake_logits


class JointThroughout(JointPass):
    """Real samples stand beside G's in its own step too, so D is one function."""

    def generator_loss(self, fake: Tensor, real: Tensor, real_logits: Tensor) -> Tensor:
        """What G minimises on its samples."""
        return self.game.generator(self.judge(real, fake)[1], real_logits)


class JudgedInEvaluation(gan.GAN):
    """G is taught by D in evaluation mode: by statistics of the past, of both kinds."""

    def generator_loss(self, fake: Tensor, real: Tensor, real_logits: Tensor) -> Tensor:
        """What G minimises on its samples."""
        self.discriminator.eval()
        loss = super().generator_loss(fake, real, real_logits)
        self.discriminator.train()
        return loss


class StaleStatistics(gan.GAN):
    """Samples from averaged weights, with the statistics of those last trained."""

    def trained_generator(self) -> Generator:
        """A copy of the generator for sampling, its statistics not measured afresh."""
        assert self.ema is not None
        return self.ema.network(self.generator).eval()


def study() -> Study:
    """One recipe; batch norm used in six ways, or not at all."""
    return Study(
        "batch-norm",
        "Which uses of batch norm cost quality, and how much?",
        methods=_methods(),
        columns=digits.COLUMNS,
        failed=digits.lost,
        rule=digits.RULE,
        seconds=11,
        data="auto",
    )


def _methods() -> dict[str, Method]:
    ema: dict[str, Any] = {"ema": 10_000}
    return {
        "separate": _method("Real and generated samples pass D one after the other."),
        "joint": _method("D learns from both in one batch.", JointPass),
        "joint-throughout": _method(
            "Both in one batch, in G's step too.", JointThroughout
        ),
        "evaluated-d": _method(
            "G is taught by D in evaluation mode.", JudgedInEvaluation
        ),
        "averaged": _method("Averaged weights, statistics measured afresh.", **ema),
        "averaged-stale": _method(
            "Averaged weights, statistics of the last ones.", StaleStatistics, **ema
        ),
        "none-in-d": _method("D without batch norm.", d_norm=False),
        "none": _method("No batch norm at all.", d_norm=False, g_norm=False),
    }


def _method(about: str, learner: type[gan.GAN] = gan.GAN, **more: Any) -> Method:
    recipe = replace(digits.small_dcgan(**SETTINGS, **more), learner=learner)
    return digits.method(recipe, STEPS, about)
