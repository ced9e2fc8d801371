"""Other right answers to 03.gan_losses."""

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy
from torch.nn.functional import logsigmoid

from aigc_course.exercises.ch03.gan_losses import Pair
from tests.also_right import also_right


@also_right
def with_labels(real_logits: Tensor, fake_logits: Tensor) -> Pair:
    ones, zeros = torch.ones_like(fake_logits), torch.zeros_like(fake_logits)
    on_real = cross_entropy(real_logits, torch.ones_like(real_logits))
    on_fake = cross_entropy(fake_logits, zeros)
    return on_real + on_fake, cross_entropy(fake_logits, ones)


@also_right
def by_logsigmoid(real_logits: Tensor, fake_logits: Tensor) -> list[Tensor]:
    d_loss = logsigmoid(real_logits).mean() + logsigmoid(-fake_logits).mean()
    return [-d_loss, -logsigmoid(fake_logits).mean()]
