"""Other right answers to 20.log_of_logits."""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, softplus

from tests.also_right import also_right


@also_right
def with_softplus(real_scores, fake_scores):
    loss_g = softplus(-fake_scores).mean()
    loss_real = softplus(-real_scores).mean()
    loss_fake = softplus(fake_scores).mean()
    return loss_g, loss_real + loss_fake


@also_right
def with_cross_entropy(real_scores, fake_scores):
    bce = binary_cross_entropy_with_logits
    loss_g = bce(fake_scores, torch.ones_like(fake_scores))
    loss_real = bce(real_scores, torch.ones_like(real_scores))
    loss_fake = bce(fake_scores, torch.zeros_like(fake_scores))
    return loss_g, loss_real + loss_fake
