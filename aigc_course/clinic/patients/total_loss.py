"""Patient: the two losses of a GAN are minimised as one number."""

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from aigc_course.clinic import steps
from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._fixed import (
    cloud,
    fixed,
    flat,
    fresh_players,
    gradients,
    players,
)

patient = Patient(
    "total_loss",
    ward="A",
    number=5,
    title="The gradients of both players",
    symptom="The sum of the losses falls from 2.1 to 1.4 and stays there. The"
    " generated samples come no nearer to the real ones, although D says about 1/2 for"
    " them.",
    cause="L_G + L_D is minimised as one number by both players. The two terms in"
    " D(G(z)) then pull it to 1/2 for both, so nothing is left of the game. Each"
    " player needs the gradient of its own loss alone.",
    figure=("step", "distance"),
)


@patient.shown
def gradients_of_both(
    generator: nn.Module, discriminator: nn.Module, real: Tensor, z: Tensor
) -> tuple[Tensor, Tensor]:
    """Fill `.grad` of both networks; return L_G and L_D."""
    generator.zero_grad()
    discriminator.zero_grad()
    fake_logits = discriminator(generator(z))
    loss_d = softplus(-discriminator(real)).mean() + softplus(fake_logits).mean()
    loss_g = softplus(-fake_logits).mean()
    total = loss_g + loss_d
    total.backward()
    return loss_g.detach(), loss_d.detach()


@patient.repair
def each_its_own(
    generator: nn.Module, discriminator: nn.Module, real: Tensor, z: Tensor
) -> tuple[Tensor, Tensor]:
    """The reference: a backward pass for each player, into its own weights."""
    generator.zero_grad()
    discriminator.zero_grad()
    fake_logits = discriminator(generator(z))
    loss_d = softplus(-discriminator(real)).mean() + softplus(fake_logits).mean()
    loss_g = softplus(-fake_logits).mean()
    loss_d.backward(inputs=list(discriminator.parameters()), retain_graph=True)
    loss_g.backward(inputs=list(generator.parameters()))
    return loss_g.detach(), loss_d.detach()


@patient.repair
def cleared_between(
    generator: nn.Module, discriminator: nn.Module, real: Tensor, z: Tensor
) -> tuple[Tensor, Tensor]:
    """G first; what it leaves in D is cleared; D sees detached samples."""
    generator.zero_grad()
    fake = generator(z)
    loss_g = softplus(-discriminator(fake)).mean()
    loss_g.backward()
    discriminator.zero_grad()
    loss_d = softplus(-discriminator(real)).mean()
    loss_d = loss_d + softplus(discriminator(fake.detach())).mean()
    loss_d.backward()
    return loss_g.detach(), loss_d.detach()


@patient.repair
def g_first(
    generator: nn.Module, discriminator: nn.Module, real: Tensor, z: Tensor
) -> tuple[Tensor, Tensor]:
    """G's pass first; D's graph is its own, from detached samples."""
    generator.zero_grad()
    discriminator.zero_grad()
    fake = generator(z)
    on_fake = softplus(discriminator(fake.detach())).mean()
    loss_d = softplus(-discriminator(real)).mean() + on_fake
    loss_g = softplus(-discriminator(fake)).mean()
    loss_g.backward(inputs=list(generator.parameters()))
    loss_d.backward()
    return loss_g.detach(), loss_d.detach()


@patient.right
def by_grad(
    generator: nn.Module, discriminator: nn.Module, real: Tensor, z: Tensor
) -> tuple[Tensor, Tensor]:
    """The gradients asked for by name, and put where an optimiser looks."""
    fake_logits = discriminator(generator(z))
    loss_d = softplus(-discriminator(real)).mean() + softplus(fake_logits).mean()
    loss_g = softplus(-fake_logits).mean()
    for loss, network in ((loss_g, generator), (loss_d, discriminator)):
        weights = list(network.parameters())
        slopes = torch.autograd.grad(loss, weights, retain_graph=True)
        for weight, slope in zip(weights, slopes, strict=True):
            weight.grad = slope
    return loss_g.detach(), loss_d.detach()


@patient.right
def frozen_for_g(
    generator: nn.Module, discriminator: nn.Module, real: Tensor, z: Tensor
) -> tuple[Tensor, Tensor]:
    """D's turn on detached samples, then G's turn with D frozen."""
    discriminator.zero_grad()
    with torch.no_grad():
        fake = generator(z)
    logits = torch.cat([-discriminator(real), discriminator(fake)])
    loss_d = softplus(logits).view(2, -1).mean(dim=1).sum()
    loss_d.backward()
    generator.zero_grad()
    discriminator.requires_grad_(False)
    loss_g = softplus(-discriminator(generator(z))).mean()
    loss_g.backward()
    discriminator.requires_grad_(True)
    return loss_g.detach(), loss_d.detach()


@patient.right
def by_labels(
    generator: nn.Module, discriminator: nn.Module, real: Tensor, z: Tensor
) -> tuple[Tensor, Tensor]:
    """With labels and the cross-entropy of PyTorch; G's gradient by name."""
    bce = nn.BCEWithLogitsLoss()
    fake = generator(z)
    on_real, on_fake = discriminator(real), discriminator(fake.detach())
    ones, zeros = torch.ones_like(on_real), torch.zeros_like(on_fake)
    loss_d = bce(on_real, ones) + bce(on_fake, zeros)
    discriminator.zero_grad()
    loss_d.backward()
    score = discriminator(fake)
    loss_g = bce(score, torch.ones_like(score))
    slopes = torch.autograd.grad(loss_g, list(generator.parameters()))
    for weight, slope in zip(generator.parameters(), slopes, strict=True):
        weight.grad = slope
    return loss_g.detach(), loss_d.detach()


@patient.right
def put_back(
    generator: nn.Module, discriminator: nn.Module, real: Tensor, z: Tensor
) -> tuple[Tensor, Tensor]:
    """D's gradients are kept aside while G's are computed."""
    generator.zero_grad()
    discriminator.zero_grad()
    on_fake = discriminator(generator(z).detach())
    loss_d = softplus(on_fake).mean() + softplus(-discriminator(real)).mean()
    loss_d.backward()
    kept = [weight.grad for weight in discriminator.parameters()]
    discriminator.zero_grad(set_to_none=True)
    loss_g = softplus(-discriminator(generator(z))).mean()
    loss_g.backward()
    for weight, slope in zip(discriminator.parameters(), kept, strict=True):
        weight.grad = slope
    return loss_g.detach(), loss_d.detach()


@patient.disguise
def never_cleared_between(
    generator: nn.Module, discriminator: nn.Module, real: Tensor, z: Tensor
) -> tuple[Tensor, Tensor]:
    """Two backward passes whose gradients add up: the sum once more."""
    generator.zero_grad()
    discriminator.zero_grad()
    fake = generator(z)
    loss_d = (
        softplus(-discriminator(real)).mean() + softplus(discriminator(fake)).mean()
    )
    loss_d.backward(retain_graph=True)
    loss_g = softplus(-discriminator(fake)).mean()
    loss_g.backward()
    return loss_g.detach(), loss_d.detach()


@patient.disguise
def saturating(
    generator: nn.Module, discriminator: nn.Module, real: Tensor, z: Tensor
) -> tuple[Tensor, Tensor]:
    """With L_G = E log(1 - D(G(z))) the sum does not depend on G at all."""
    generator.zero_grad()
    discriminator.zero_grad()
    on_fake = softplus(discriminator(generator(z))).mean()
    loss_d = softplus(-discriminator(real)).mean() + on_fake
    loss_g = -on_fake
    (loss_d + loss_g).backward()
    return loss_g.detach(), loss_d.detach()


@patient.disguise
def mean_of_both(
    generator: nn.Module, discriminator: nn.Module, real: Tensor, z: Tensor
) -> tuple[Tensor, Tensor]:
    """The mean of the losses, asked for by name."""
    logits = discriminator(generator(z))
    loss_g = softplus(-logits).mean()
    loss_d = softplus(logits).mean() + softplus(-discriminator(real)).mean()
    weights = [*generator.parameters(), *discriminator.parameters()]
    slopes = torch.autograd.grad((loss_g + loss_d) / 2, weights)
    for weight, slope in zip(weights, slopes, strict=True):
        weight.grad = slope
    return loss_g.detach(), loss_d.detach()


@patient.patch
def louder(
    generator: nn.Module, discriminator: nn.Module, real: Tensor, z: Tensor
) -> tuple[Tensor, Tensor]:
    """You make the gradients larger. Larger steps in a wrong direction do not help:
    both players still minimise one sum."""
    losses: tuple[Tensor, Tensor] = gradients_of_both(generator, discriminator, real, z)
    for weight in (*generator.parameters(), *discriminator.parameters()):
        if weight.grad is not None:
            weight.grad.mul_(10)
    return losses


@patient.patch
def without_l_g(
    generator: nn.Module, discriminator: nn.Module, real: Tensor, z: Tensor
) -> tuple[Tensor, Tensor]:
    """You leave L_G out of the sum. G then minimises D's loss: it learns to be
    recognised."""
    generator.zero_grad()
    discriminator.zero_grad()
    fake_logits = discriminator(generator(z))
    loss_d = softplus(-discriminator(real)).mean() + softplus(fake_logits).mean()
    loss_d.backward()
    return softplus(-fake_logits).mean().detach(), loss_d.detach()


@patient.patch
def detached(
    generator: nn.Module, discriminator: nn.Module, real: Tensor, z: Tensor
) -> tuple[Tensor, Tensor]:
    """You detach the samples for both losses. Then no gradient reaches G at all, and D
    still minimises the sum."""
    generator.zero_grad()
    discriminator.zero_grad()
    fake_logits = discriminator(generator(z).detach())
    loss_d = softplus(-discriminator(real)).mean() + softplus(fake_logits).mean()
    loss_g = softplus(-fake_logits).mean()
    (loss_g + loss_d).backward()
    return loss_g.detach(), loss_d.detach()


@patient.test
def exposes(fill: Function) -> None:
    """Each player's gradient is that of its own loss."""
    g, d = nn.Linear(3, 2), nn.Linear(2, 1)
    real, z = torch.randn(16, 2) + 2, torch.randn(16, 3)
    fill(g, d, real, z)
    assert d.weight.grad is not None and g.weight.grad is not None
    loss_d = softplus(-d(real)).mean() + softplus(d(g(z))).mean()
    loss_g = softplus(-d(g(z))).mean()
    want_d = torch.autograd.grad(loss_d, d.weight)[0]
    want_g = torch.autograd.grad(loss_g, g.weight)[0]
    assert torch.allclose(d.weight.grad, want_d, atol=1e-5), "D has the slope of L_D"
    assert torch.allclose(g.weight.grad, want_g, atol=1e-5), "G has the slope of L_G"


@patient.calls
def one_call(fill: Function) -> list[Tensor]:
    """The losses, and the gradients of the networks."""
    g, d = fresh_players()
    losses = fill(g, d, cloud(16), torch.randn(16, 2))
    weights = [*g.parameters(), *d.parameters()]
    return [*losses, *(w.grad for w in weights if w.grad is not None)]


@patient.does
def measured(fill: Function) -> dict[str, object]:
    """The gradients of both on fixed networks."""
    g, d = players(1)
    losses = fill(g, d, fixed(3, 8, 2) + 1, fixed(4, 8, 2))
    return {
        "L_G and L_D": torch.stack(losses),
        "G's": gradients(g),
        "D's": gradients(d),
    }


@patient.elsewhere
def around(fill: Function) -> dict[str, object]:
    """The losses themselves, and the weights: no step is taken here."""
    g, d = players(5)
    losses = fill(g, d, fixed(7, 8, 2), fixed(8, 8, 2))
    return {
        "L_G and L_D": torch.stack(losses),
        "weights afterwards": flat([*g.parameters(), *d.parameters()]),
        "trainable": str([w.requires_grad for w in d.parameters()]),
    }


def _wanted(number: int) -> tuple[Tensor, Tensor, nn.Module, nn.Module]:
    g, d = players(number)
    real, z = fixed(number + 2, 8, 2), fixed(number + 3, 8, 2)
    loss_d = softplus(-d(real)).mean() + softplus(d(g(z))).mean()
    loss_g = softplus(-d(g(z))).mean()
    of_g = torch.autograd.grad(loss_g, list(g.parameters()), retain_graph=True)
    of_d = torch.autograd.grad(loss_d, list(d.parameters()))
    return flat(of_g), flat(of_d), g, d


@patient.hidden
def d_minimises_its_loss(fill: Function) -> bool:
    """D's gradient is that of L_D alone."""
    _, want, g, d = _wanted(10)
    fill(g, d, fixed(12, 8, 2), fixed(13, 8, 2))
    return bool(torch.allclose(gradients(d), want, atol=1e-9))


@patient.hidden
def g_minimises_its_loss(fill: Function) -> bool:
    """G's gradient is that of L_G alone."""
    want, _, g, d = _wanted(20)
    fill(g, d, fixed(22, 8, 2), fixed(23, 8, 2))
    return bool(torch.allclose(gradients(g), want, atol=1e-9))


@patient.hidden
def takes_no_step(fill: Function) -> bool:
    """Gradients are filled and no step is taken: the weights stay as they are."""
    g, d = players(40)
    before = flat([*g.parameters(), *d.parameters()])
    fill(g, d, fixed(42, 8, 2), fixed(43, 8, 2))
    return bool(torch.equal(before, flat([*g.parameters(), *d.parameters()])))


@patient.hidden
def starts_from_nothing(fill: Function) -> bool:
    """A second call gives the same gradients: those of the first are cleared."""
    g, d = players(30)
    fill(g, d, fixed(32, 8, 2), fixed(33, 8, 2))
    once = torch.cat([gradients(g), gradients(d)])
    fill(g, d, fixed(32, 8, 2), fixed(33, 8, 2))
    twice = torch.cat([gradients(g), gradients(d)])
    return bool(torch.allclose(once, twice, atol=1e-12))


@patient.trains
def training(fill: Function, count: int) -> dict[str, list[float]]:
    """Both players on points; the loss that a reader watches is the sum."""
    g, d = fresh_players()
    weights = [*g.parameters(), *d.parameters()]
    optimizer = torch.optim.SGD(weights, lr=0.3)
    curves: dict[str, list[float]] = {"loss": [], "D(G(z))": [], "distance": []}
    for _ in range(count):
        z = torch.randn(64, 2)
        loss_g, loss_d = fill(g, d, cloud(64), z)
        optimizer.step()
        fake = g(z).detach()
        curves["loss"].append(float(loss_g + loss_d))
        curves["D(G(z))"].append(float(d(fake).detach().sigmoid().mean()))
        away = fake.mean(dim=0) - torch.tensor([2.0, 0.0])
        curves["distance"].append(float(away.norm()))
    return curves


@patient.step
def opened(fill: Function) -> steps.Step:
    """The gradients of one player, and a step with them."""

    def advance(
        g: nn.Module, d: nn.Module, opts: steps.Optimizers, x: Tensor, player: str
    ) -> None:
        fill(g, d, x, torch.randn(len(x), steps.LATENT))
        opts[player].step()

    return steps.gan_step(advance=advance)
