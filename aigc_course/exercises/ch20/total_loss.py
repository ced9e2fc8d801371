"""Exercise on repairing the gradients of two players."""

from torch import Tensor, nn
from torch.nn.functional import softplus

from aigc_course.clinic.exercise import repair_exercise

exercise = repair_exercise(
    "20.total_loss",
    patient="total_loss",
    order=140,
    title="Two losses are not one",
    difficulty=3,
    minutes=15,
    idea="Each player minimises its own loss, over its own parameters. A sum of the"
    " losses gives both players the same aim.",
    formula="θ_D gets the gradient of L_D, and θ_G that of L_G."
    " `loss.backward(inputs=...)` writes into these parameters only. The first pass"
    " needs `retain_graph=True`.",
    line="Write `generator.zero_grad()`, `discriminator.zero_grad()`, `fake_logits ="
    " discriminator(generator(z))`, `loss_d = F.softplus(-discriminator(real)).mean()"
    " + F.softplus(fake_logits).mean()`, `loss_g = F.softplus(-fake_logits).mean()`,"
    " `loss_d.backward(inputs=list(discriminator.parameters()), retain_graph=True)`,"
    " `loss_g.backward(inputs=list(generator.parameters()))` and `return"
    " loss_g.detach(), loss_d.detach()`.",
    variation="Write it with `detach` instead, and count how often each network is"
    " evaluated in the two versions.",
)


@exercise.answer
def total_loss(
    generator: nn.Module, discriminator: nn.Module, real: Tensor, z: Tensor
) -> tuple[Tensor, Tensor]:
    """Fill `.grad` of both networks; return L_G and L_D."""
    generator.zero_grad()
    discriminator.zero_grad()
    fake_logits = discriminator(generator(z))
    loss_d = softplus(-discriminator(real)).mean() + softplus(fake_logits).mean()
    loss_g = softplus(-fake_logits).mean()
    loss_d.backward(inputs=list(discriminator.parameters()), retain_graph=True)
    loss_g.backward(inputs=list(generator.parameters()))
    return loss_g.detach(), loss_d.detach()


def _losses(generator, discriminator, real, z) -> tuple[Tensor, Tensor]:
    generator.zero_grad()
    discriminator.zero_grad()
    fake_logits = discriminator(generator(z))
    loss_d = softplus(-discriminator(real)).mean() + softplus(fake_logits).mean()
    return softplus(-fake_logits).mean(), loss_d


@exercise.mistake(hint="idea")
def difference(generator, discriminator, real, z):
    """You minimise the difference of the losses. The shared term then counts twice
    instead of cancelling: give each player its own loss."""
    loss_g, loss_d = _losses(generator, discriminator, real, z)
    (loss_d - loss_g).backward()
    return loss_g.detach(), loss_d.detach()


@exercise.mistake(hint="formula")
def exchanged(generator, discriminator, real, z):
    """You exchanged the losses: D gets the gradient of L_G, and G that of L_D. Both are
    pulled the wrong way."""
    loss_g, loss_d = _losses(generator, discriminator, real, z)
    loss_g.backward(inputs=list(discriminator.parameters()), retain_graph=True)
    loss_d.backward(inputs=list(generator.parameters()))
    return loss_g.detach(), loss_d.detach()


@exercise.mistake(hint="idea")
def generator_left_out(generator, discriminator, real, z):
    """You fill the gradients of D only. G gets none and does not learn."""
    loss_g, loss_d = _losses(generator, discriminator, real, z)
    loss_d.backward(inputs=list(discriminator.parameters()))
    return loss_g.detach(), loss_d.detach()


@exercise.mistake(hint="formula")
def not_cleared_for_d(generator, discriminator, real, z):
    """You let G's pass go through D and do not clear what it leaves there. D's gradient
    is then that of the sum again, while G's is right."""
    loss_g, loss_d = _losses(generator, discriminator, real, z)
    loss_d.backward(inputs=list(discriminator.parameters()), retain_graph=True)
    loss_g.backward()
    return loss_g.detach(), loss_d.detach()
