"""Gradient penalties: what keeps a discriminator's slope in check.

Each is a function of (discriminator, real, fake) that returns a scalar, so it can stand
among the `regularisers` of `gan.GAN`; functools.partial sets another weight.

The slope is taken in the input, one for each sample. That needs a discriminator whose
answer to a sample depends on this sample alone: batch normalisation shares statistics
over the batch, and the slopes then mix the samples (Gulrajani et al. 2017, section 4).
"""

import torch
from torch import Tensor, nn


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


def input_gradients(discriminator: nn.Module, x: Tensor) -> Tensor:
    """Slope of D's output at each sample: x [N, ...] gives [N, values of a sample].

    It can be differentiated in D's weights. x itself gets no gradient.
    """
    x = x.detach().requires_grad_()
    # the sum's slope in sample i is that of D(x_i): no other term contains x_i
    (slopes,) = torch.autograd.grad(discriminator(x).sum(), x, create_graph=True)
    return slopes.flatten(1)
