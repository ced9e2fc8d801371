"""Other right answers to 12.preference_loss."""

import torch
from torch.nn import functional as F

from tests.also_right import also_right


@also_right
def log_sigmoid(chosen, rejected, ref_chosen, ref_rejected, beta):
    rewards = [beta * (chosen - ref_chosen), beta * (rejected - ref_rejected)]
    return -F.logsigmoid(rewards[0] - rewards[1])


@also_right
def as_a_classifier(chosen, rejected, ref_chosen, ref_rejected, beta):
    logits = beta * ((chosen - rejected) - (ref_chosen - ref_rejected))
    ones = torch.ones_like(logits)
    return F.binary_cross_entropy_with_logits(logits, ones, reduction="none")
