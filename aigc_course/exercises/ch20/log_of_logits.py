"""Exercise on repairing a logarithm of logits."""

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, softplus

from aigc_course.clinic.exercise import repair_exercise

exercise = repair_exercise(
    "20.log_of_logits",
    patient="log_of_logits",
    order=180,
    title="NaN after a few steps",
    difficulty=2,
    minutes=12,
    idea="D's last layer is linear, so its scores are any numbers. The formulas of the"
    " losses take the logarithm of a probability.",
    formula="log D = log sigmoid(a), and log(1 - D) = log sigmoid(-a). The function"
    " `logsigmoid` computes both at once, for any a.",
    line="Write `loss_g = -F.logsigmoid(fake_scores).mean()`, `loss_real ="
    " -F.logsigmoid(real_scores).mean()`, `loss_fake ="
    " -F.logsigmoid(-fake_scores).mean()` and `return loss_g, loss_real + loss_fake`.",
    variation="Compute `log(sigmoid(a))` for a = -200 in float32, and say what its"
    " gradient is.",
)


@exercise.answer
def log_of_logits(real_scores: Tensor, fake_scores: Tensor) -> tuple[Tensor, Tensor]:
    """L_G and L_D from what D's last layer, a linear one, returns: [n, 1]."""
    loss_g = -logsigmoid(fake_scores).mean()
    loss_real = -logsigmoid(real_scores).mean()
    loss_fake = -logsigmoid(-fake_scores).mean()
    return loss_g, loss_real + loss_fake


@exercise.mistake(hint="formula")
def log_after_sigmoid(real_scores, fake_scores):
    """You apply the sigmoid and then the logarithm. Far from 0 the sigmoid is rounded
    to 0 or 1, so the loss is infinite or loses its slope: compute log sigmoid at
    once."""
    d_real, d_fake = real_scores.sigmoid(), fake_scores.sigmoid()
    loss_g = -torch.log(d_fake).mean()
    return loss_g, -torch.log(d_real).mean() - torch.log(1 - d_fake).mean()


@exercise.mistake(hint="idea")
def scores_as_losses(real_scores, fake_scores):
    """You leave out the logarithm and take the scores themselves. These are the losses
    of a Wasserstein critic, and this D is trained as a classifier."""
    loss_g = -fake_scores.mean()
    return loss_g, fake_scores.mean() - real_scores.mean()


@exercise.mistake(hint="formula")
def one_minus_the_score(real_scores, fake_scores):
    """You write log sigmoid(1 - a) for log(1 - D). With D = sigmoid(a) it is
    log sigmoid(-a)."""
    loss_fake = -logsigmoid(1 - fake_scores).mean()
    return -logsigmoid(fake_scores).mean(), -logsigmoid(real_scores).mean() + loss_fake


@exercise.mistake(hint="formula")
def softplus_of_the_real(real_scores, fake_scores):
    """You have the wrong sign in the term of the real samples: -log sigmoid(a) is
    softplus(-a)."""
    loss_d = softplus(real_scores).mean() + softplus(fake_scores).mean()
    return softplus(-fake_scores).mean(), loss_d
