"""Other right answers to 03.relativistic_losses."""

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy
from torch.nn.functional import logsigmoid

from aigc_course.exercises.ch03.relativistic_losses import Pair
from tests.also_right import also_right


@also_right
def by_logsigmoid(real_logits: Tensor, fake_logits: Tensor) -> Pair:
    d_loss = -logsigmoid(real_logits - fake_logits).mean()
    return d_loss, -logsigmoid(fake_logits - real_logits).mean()


@also_right
def with_labels(real_logits: Tensor, fake_logits: Tensor) -> list[Tensor]:
    lead = (real_logits - fake_logits).flatten()
    labels = torch.ones_like(lead), torch.zeros_like(lead)
    return [cross_entropy(lead, label) for label in labels]
