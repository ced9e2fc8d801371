"""Settings of a GAN that make no sense together, each with a sentence that says why."""

from collections.abc import Sequence
from typing import Any

from torch import nn

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.gan.minibatch import MinibatchStd
from aigc_course.gan.packing import Packed
from aigc_course.gan.penalties import has_batch_norm, is_gradient_penalty


def check_settings(
    discriminator: nn.Module,
    regularisers: Sequence[Any],
    reg_interval: int,
    d_steps: int,
    joint: bool,
) -> None:
    """Raise CourseError for settings of `gan.GAN` that make no sense together."""
    validate.whole(reg_interval, "reg_interval")
    validate.whole(d_steps, "d_steps")
    mixing = has_batch_norm(discriminator)
    if joint and (mixing or _contains(discriminator, MinibatchStd)):
        raise CourseError(
            "joint=True would have batch statistics shared between real and fake, by"
            " which D tells them apart without looking: leave it out, or take a D"
            " without batch norm and minibatch standard deviation."
        )
    if joint and _contains(discriminator, Packed):
        raise CourseError(
            "joint=True could put real and generated samples into one pack: leave it"
            " out."
        )
    if mixing and any(map(is_gradient_penalty, regularisers)):
        raise CourseError(
            "A gradient penalty needs a D that judges each sample by itself, and batch"
            " norm mixes the batch: build D without it (DCGANDiscriminator(norm=False))"
            " or leave out the penalty."
        )


def _contains(network: nn.Module, kind: type[nn.Module]) -> bool:
    return any(isinstance(module, kind) for module in network.modules())
