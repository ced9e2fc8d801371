"""Gradient penalties: what keeps a discriminator's slope in check.

Each is a function of (discriminator, real, fake) that returns a scalar, so it can stand
among the `regularisers` of `gan.GAN`; functools.partial sets another weight.

The slope is taken in the input, one for each sample. That needs a discriminator whose
answer to a sample depends on this sample alone: batch normalisation shares statistics
over the batch, and the slopes then mix the samples (Gulrajani et al. 2017, section 4).
Such a D is refused.
"""

from functools import partial

import torch
from torch import Tensor, nn

from aigc_course.errors import CourseError
from aigc_course.training.shares import whole


def gradient_penalty(
    discriminator: nn.Module, real: Tensor, fake: Tensor, weight: float = 10.0
) -> Tensor:
    """weight E[(||grad D(x)|| - 1)^2], x at random between a real and a fake sample.

    Gulrajani et al. 2017, equation 3 (WGAN-GP). real, fake: [N, ...], of one shape.
    The places come from the global random generator, one for each pair.
    """
    u = torch.rand(len(real), *[1] * (real.ndim - 1)).to(real)  # [N, 1, ...]
    between = torch.lerp(fake, real, u)  # x = u real + (1 - u) fake
    norms = input_gradients(discriminator, between).norm(dim=1)  # [N]
    return weight * (norms - 1).square().mean()


def r1(
    discriminator: nn.Module, real: Tensor, fake: Tensor, gamma: float = 1.0
) -> Tensor:
    """gamma / 2 E[||grad D(x)||^2] on real samples (Mescheder et al. 2018, section 4).

    real: [N, ...]. fake is not looked at.
    """
    return gamma / 2 * input_gradients(discriminator, real).square().sum(dim=1).mean()


def r2(
    discriminator: nn.Module, real: Tensor, fake: Tensor, gamma: float = 1.0
) -> Tensor:
    """gamma / 2 E[||grad D(x)||^2] on fakes (Mescheder et al. 2018, section 4).

    fake: [N, ...]. real is not looked at.
    """
    return r1(discriminator, fake, real, gamma)


def dragan(
    discriminator: nn.Module,
    real: Tensor,
    fake: Tensor,
    weight: float = 10.0,
    spread: float = 0.5,
) -> Tensor:
    """weight E[(||grad D(x + e)|| - 1)^2], around the real samples alone.

    Kodali et al. 2017 (DRAGAN), with e ~ N(0, s^2 I) and s = `spread`
    times the standard deviation of all numbers in the batch.
    real: [N, ...]. fake is not looked at. e comes from the global random generator.
    """
    nearby = real + spread * whole(real).std() * torch.randn_like(real)  # x + e
    norms = input_gradients(discriminator, nearby).norm(dim=1)  # [N]
    return weight * (norms - 1).square().mean()


def input_gradients(discriminator: nn.Module, x: Tensor) -> Tensor:
    """Slope of D's output at each sample: x [N, ...] gives [N, values of a sample].

    It can be differentiated in D's weights. x itself gets no gradient. Raises
    CourseError where slopes cannot be had (under `torch.no_grad`, of a D that does not
    depend on its input) and where they would mix the samples (batch norm).
    """
    _check(discriminator)
    x = x.detach().requires_grad_()
    out = discriminator(x)  # [N, 1]
    if not out.requires_grad:
        raise CourseError(NO_PATH)
    # the sum's slope in sample i is that of D(x_i): no other term contains x_i
    (slopes,) = torch.autograd.grad(out.sum(), x, create_graph=True, allow_unused=True)
    if slopes is None:
        raise CourseError(NO_PATH)
    return slopes.flatten(1)


NO_PATH = (
    "A gradient penalty needs a D whose output depends on its input along a path that"
    " gradients can take: look for a detach, a rounding or a no_grad inside D."
)
PENALTIES = (gradient_penalty, r1, r2, dragan)


def is_gradient_penalty(regulariser: object) -> bool:
    """Whether it is a penalty of this module, as it is or with set weights."""
    while isinstance(regulariser, partial):
        regulariser = regulariser.func
    return regulariser in PENALTIES


def has_batch_norm(network: nn.Module) -> bool:
    """Whether a layer of `network` takes its statistics from the batch."""
    norm = nn.modules.batchnorm._BatchNorm
    return any(isinstance(m, norm) and m.training for m in network.modules())


def _check(discriminator: nn.Module) -> None:
    if not torch.is_grad_enabled():
        raise CourseError(
            "A gradient penalty needs gradients: compute it outside torch.no_grad()."
        )
    if isinstance(discriminator, nn.Module) and has_batch_norm(discriminator):
        raise CourseError(
            "The slope of a D with batch norm is no sample's own: the norm mixes the"
            " batch. Take a D without it."
        )
