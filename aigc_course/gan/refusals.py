"""Settings of a GAN that make no sense together, refused with a sentence."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any

from torch import nn

from aigc_course.errors import CourseError
from aigc_course.gan.minibatch import MinibatchStd
from aigc_course.gan.packing import Packed
from aigc_course.gan.penalties import has_batch_norm, is_gradient_penalty


def check_settings(
    discriminator: nn.Module,
    regularisers: Sequence[Any],
    lazy: int,
    d_steps: int,
    clip: float | None,
    joint: bool,
) -> None:
    """Raise CourseError for settings of `gan.GAN` that make no sense together."""
    _whole("lazy", "the regularisers act every `lazy`-th step", lazy)
    _whole("d_steps", "G learns at every `d_steps`-th batch", d_steps)
    if clip is not None and not clip > 0:
        raise CourseError(f"clip is the largest gradient norm, above 0, not {clip}.")
    if joint:
        _check_joint(discriminator)
    if has_batch_norm(discriminator) and any(map(is_gradient_penalty, regularisers)):
        raise CourseError(
            "A gradient penalty needs a D that judges each sample by itself, and batch"
            " norm mixes the batch: build D without it (DCGANDiscriminator(norm=False))"
            " or leave out the penalty."
        )


def _whole(name: str, meaning: str, value: int) -> None:
    if not isinstance(value, Integral) or value < 1:
        raise CourseError(f"{name} is a whole number from 1 ({meaning}), not {value}.")


def _check_joint(discriminator: nn.Module) -> None:
    mixing = has_batch_norm(discriminator) or _contains(discriminator, MinibatchStd)
    if mixing:
        raise CourseError(
            "joint=True would have batch statistics shared between real and fake, by"
            " which D tells them apart without looking: leave it out, or take a D"
            " without batch norm and minibatch standard deviation."
        )
    if _contains(discriminator, Packed):
        raise CourseError(
            "joint=True could put real and generated samples into one pack: leave it"
            " out."
        )


def _contains(network: nn.Module, kind: type[nn.Module]) -> bool:
    return any(isinstance(module, kind) for module in network.modules())
