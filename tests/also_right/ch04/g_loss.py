"""Other right answers to 04.g_loss."""

import torch
from torch import Tensor
from torch.nn.functional import softplus

from aigc_course.exercises.small_gan import (
    Net,
)
from tests.also_right import also_right


@also_right
def by_softplus(D: Net, G: Net, z: Tensor) -> Tensor:
    return softplus(-D(G(z))).mean()


@also_right
def by_sigmoids(D: Net, G: Net, z: Tensor) -> Tensor:
    return -torch.nn.functional.logsigmoid(D(G(z)).flatten()).sum() / len(z)
