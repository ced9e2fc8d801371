"""Other right answers to 20.total_loss."""

from torch.nn.functional import softplus

from tests.also_right import also_right


@also_right
def into_d_only(generator, discriminator, real, z):
    generator.zero_grad()
    discriminator.zero_grad()
    fake_logits = discriminator(generator(z))
    loss_d = softplus(-discriminator(real)).mean() + softplus(fake_logits).mean()
    loss_g = softplus(-fake_logits).mean()
    loss_g.backward(retain_graph=True)
    discriminator.zero_grad()
    loss_d.backward(inputs=list(discriminator.parameters()))
    return loss_g.detach(), loss_d.detach()


@also_right
def with_detach(generator, discriminator, real, z):
    generator.zero_grad()
    fake = generator(z)
    loss_g = softplus(-discriminator(fake)).mean()
    loss_g.backward()
    discriminator.zero_grad()
    fake_logits = discriminator(fake.detach())
    loss_d = softplus(-discriminator(real)).mean() + softplus(fake_logits).mean()
    loss_d.backward()
    return loss_g.detach(), loss_d.detach()
