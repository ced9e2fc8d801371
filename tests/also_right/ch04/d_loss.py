"""Other right answers to 04.d_loss."""

import torch
from torch import Tensor
from torch.nn.functional import softplus

from aigc_course.exercises.ch04.cross_entropy import cross_entropy
from aigc_course.exercises.small_gan import (
    Net,
)
from tests.also_right import also_right


@also_right
def drawn_without_graph(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    with torch.no_grad():
        fake = G(z)
    return softplus(-D(real)).mean() + softplus(D(fake)).mean()


@also_right
def in_one_batch(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    points = torch.cat([real, G(z).detach()])
    labels = torch.cat([torch.ones(len(real)), torch.zeros(len(z))])
    return 2 * cross_entropy(D(points), labels)  # the sum of two means
