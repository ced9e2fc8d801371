"""Other right answers to 20.discriminator_loss."""

from torch.nn.functional import logsigmoid, softplus

from tests.also_right import also_right


@also_right
def with_softplus(real_logits, fake_logits):
    return softplus(-real_logits).mean() + softplus(fake_logits).mean()


@also_right
def by_subtraction(real_logits, fake_logits):
    # log(1 - sigmoid(a)) = log sigmoid(a) - a
    loss_real = -logsigmoid(real_logits).mean()
    loss_fake = (fake_logits - logsigmoid(fake_logits)).mean()
    return loss_real + loss_fake
