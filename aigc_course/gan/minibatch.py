"""Minibatch standard deviation: D is told how different the samples of a batch are."""

from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from aigc_course.errors import CourseError
from aigc_course.gan.networks import Discriminator
from aigc_course.training.shares import whole

AnyDiscriminator = TypeVar("AnyDiscriminator", bound=Discriminator)

TINY = 1e-8  # keeps the root's slope finite where all samples are alike


class MinibatchStd(nn.Module):
    """Appends one feature: how much the samples of the batch differ.

    The standard deviation over the batch of each value, averaged over all values, the
    same number for every sample (Karras et al. 2018, section 3). A batch in which all
    samples are alike gives itself away by a 0.
    """

    def forward(self, x: Tensor) -> Tensor:
        """[N, d] to [N, d + 1], or [N, C, H, W] to [N, C + 1, H, W]."""
        std = (whole(x).var(dim=0, unbiased=False) + TINY).sqrt().mean()
        return torch.cat([x, std.expand_as(x[:, :1])], dim=1)


def add_minibatch_std(discriminator: AnyDiscriminator) -> AnyDiscriminator:
    """Put a MinibatchStd before D's last hidden layer, and return D.

    That is the last fully connected layer but one, or the last when it is the only one.
    It is widened by one input, whose weights are drawn with the spread of the others.
    Changes `discriminator` itself. Raises CourseError when its `net` is no plain stack
    with a fully connected layer, or when batch norm follows: it subtracts what is the
    same for all samples of a batch.

    >>> from aigc_course.gan.points import PointDiscriminator
    >>> [type(layer).__name__ for layer in add_minibatch_std(PointDiscriminator()).net]
    ['Linear', 'LeakyReLU', 'MinibatchStd', 'Linear', 'LeakyReLU', 'Linear']
    """
    net = discriminator.net
    layers: list[Any] = list(net) if isinstance(net, nn.Sequential) else []
    places = [i for i, layer in enumerate(layers) if type(layer) is nn.Linear]
    if not places:
        raise CourseError(
            "Minibatch standard deviation goes before a fully connected layer of D's"
            " `net`, and this one has none; put a gan.MinibatchStd where you want it."
        )
    place = places[-2:][0]
    if any(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in layers[place:]):
        raise CourseError(
            "Batch norm after minibatch standard deviation takes away again what is"
            " the same for the whole batch; use a D without batch norm."
        )
    _widen_by_one(layers[place])
    layers.insert(place, MinibatchStd())
    discriminator.net = nn.Sequential(*layers)
    return discriminator


@torch.no_grad()
def _widen_by_one(layer: nn.Linear) -> None:
    """Give the layer one more input, the last."""
    new = torch.randn(layer.out_features, 1) * layer.weight.std()
    layer.weight = nn.Parameter(torch.cat([layer.weight, new.to(layer.weight)], dim=1))
    layer.in_features += 1
