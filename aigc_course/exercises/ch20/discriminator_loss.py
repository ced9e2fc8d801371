"""Exercise on repairing a discriminator's loss."""

from torch import Tensor
from torch.nn.functional import logsigmoid, softplus

from aigc_course.clinic.exercise import repair_exercise

exercise = repair_exercise(
    "20.discriminator_loss",
    patient="discriminator_loss",
    order=120,
    title="Whom does D believe?",
    difficulty=2,
    minutes=10,
    idea="D is to call real samples real and generated ones generated. Look at what"
    " each of the two terms rewards.",
    formula="L_D = -E[log D(x)] - E[log(1 - D(G(z)))], and with D = sigmoid(a) it holds"
    " that 1 - D = sigmoid(-a).",
    line="Write `return -F.logsigmoid(real_logits).mean() -"
    " F.logsigmoid(-fake_logits).mean()`.",
    variation="Write the hinge loss with the same arguments, and run your test of its"
    " slopes on it.",
)


@exercise.answer
def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """What D minimises: a mean over real plus a mean over generated samples."""
    loss_real = -logsigmoid(real_logits).mean()
    # log(1 - sigmoid(a)) = log sigmoid(-a)
    loss_fake = -logsigmoid(-fake_logits).mean()
    return loss_real + loss_fake


@exercise.mistake(hint="formula")
def minus_outside(real_logits, fake_logits):
    """You turn the sign of the second term and not of the logit. D(G(z)) then falls,
    and log D(G(z)) has no lower bound, so the loss falls without an end: use log(1 -
    D)."""
    return -logsigmoid(real_logits).mean() + logsigmoid(fake_logits).mean()


@exercise.mistake(hint="idea")
def both_terms_turned(real_logits, fake_logits):
    """You turn both terms. D now calls generated samples generated, and the real ones
    too: the first term was right."""
    return softplus(real_logits).mean() + softplus(fake_logits).mean()


@exercise.mistake(hint="formula")
def halved(real_logits, fake_logits):
    """You take the mean of the two terms. The bug is gone, but the loss of the real
    samples is halved with it: change the second term only."""
    return (softplus(-real_logits).mean() + softplus(fake_logits).mean()) / 2


@exercise.mistake(hint="formula")
def one_minus_the_logit(real_logits, fake_logits):
    """You write 1 - logit for 1 - D. The logit is not a probability: 1 - sigmoid(a) is
    sigmoid(-a)."""
    return -logsigmoid(real_logits).mean() - logsigmoid(1 - fake_logits).mean()
