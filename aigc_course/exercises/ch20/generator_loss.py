"""Exercise on repairing a generator's loss."""

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, softplus

from aigc_course.clinic.exercise import repair_exercise

exercise = repair_exercise(
    "20.generator_loss",
    patient="generator_loss",
    order=100,
    title="What does G want?",
    difficulty=2,
    minutes=10,
    idea="G can only change its own samples. Ask which label it wants D to give them.",
    formula="L_G = -E[log D(G(z))]: the cross-entropy of the logits of the generated"
    " samples with the label 1, and nothing else.",
    line="Write `return F.binary_cross_entropy_with_logits(fake_logits,"
    " torch.ones_like(fake_logits))`.",
    variation="Write the loss of the minimax game, E[log(1 - D(G(z)))], and say for"
    " which logits its slope is small.",
)


@exercise.answer
def generator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """What G minimises. Both logits: [n, 1]."""
    wanted = torch.ones_like(fake_logits)
    return binary_cross_entropy_with_logits(fake_logits, wanted)


@exercise.mistake(hint="formula")
def negative(real_logits, fake_logits):
    """You put a minus before D's whole loss. G's slope then vanishes where D is sure,
    which is the saturating loss: use -log D(G(z))."""
    return -softplus(-real_logits).mean() - softplus(fake_logits).mean()


@exercise.mistake(hint="formula")
def summed(real_logits, fake_logits):
    """You sum over the batch. The step then depends on the size of the batch: take the
    mean."""
    return softplus(-fake_logits).sum()


@exercise.mistake(hint="idea")
def both_labels_turned(real_logits, fake_logits):
    """You turn both labels round and halve the sum. G cannot change the real samples,
    and its slope is now half as large as it should be: keep the term of the generated
    ones."""
    return (softplus(real_logits).mean() + softplus(-fake_logits).mean()) / 2


@exercise.mistake(hint="formula")
def mean_of_logits(real_logits, fake_logits):
    """You minimise the negative mean logit, the loss of a Wasserstein critic. This D
    gives logits of a probability, whose loss is -log D(G(z))."""
    return -fake_logits.mean()
