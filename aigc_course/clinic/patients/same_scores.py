"""Patient: G's loss is computed from samples that carry no gradient."""

import copy

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus
from torch.optim import Optimizer

from aigc_course.clinic import steps
from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._fixed import (
    cloud,
    fixed,
    flat,
    fresh_players,
    players,
)

Both = tuple[Optimizer, Optimizer]
Losses = tuple[Tensor, Tensor]

patient = Patient(
    "same_scores",
    ward="B",
    number=15,
    title="One step of both players",
    symptom="D's loss falls towards 0 and G's loss rises. The generated samples stay"
    " exactly where they were at the start.",
    cause="G's loss uses the samples of D's turn. They were cut from G's graph there,"
    " so no gradient reaches G and its optimiser does nothing. G's turn needs samples"
    " with their graph.",
    figure=("step", "distance"),
)


@patient.shown
def train_step(
    generator: nn.Module,
    discriminator: nn.Module,
    optimizers: Both,
    real: Tensor,
    z: Tensor,
) -> Losses:
    """D's turn, then G's turn. optimizers: of G, of D. Returns L_G and L_D."""
    for_g, for_d = optimizers
    fake = generator(z).detach()
    loss_d = softplus(-discriminator(real)).mean()
    loss_d = loss_d + softplus(discriminator(fake)).mean()
    for_d.zero_grad()
    loss_d.backward()
    for_d.step()
    loss_g = softplus(-discriminator(fake)).mean()
    for_g.zero_grad()
    loss_g.backward()
    for_g.step()
    return loss_g.detach(), loss_d.detach()


@patient.repair
def detached_for_d(
    generator: nn.Module,
    discriminator: nn.Module,
    optimizers: Both,
    real: Tensor,
    z: Tensor,
) -> Losses:
    """The reference: the samples are detached in D's turn alone."""
    for_g, for_d = optimizers
    fake = generator(z)
    loss_d = softplus(-discriminator(real)).mean()
    loss_d = loss_d + softplus(discriminator(fake.detach())).mean()
    for_d.zero_grad()
    loss_d.backward()
    for_d.step()
    loss_g = softplus(-discriminator(fake)).mean()
    for_g.zero_grad()
    loss_g.backward()
    for_g.step()
    return loss_g.detach(), loss_d.detach()


@patient.repair
def generated_again(
    generator: nn.Module,
    discriminator: nn.Module,
    optimizers: Both,
    real: Tensor,
    z: Tensor,
) -> Losses:
    """G generates once more, in its own turn."""
    for_g, for_d = optimizers
    fake = generator(z).detach()
    loss_d = softplus(-discriminator(real)).mean()
    loss_d = loss_d + softplus(discriminator(fake)).mean()
    for_d.zero_grad()
    loss_d.backward()
    for_d.step()
    loss_g = softplus(-discriminator(generator(z))).mean()
    for_g.zero_grad()
    loss_g.backward()
    for_g.step()
    return loss_g.detach(), loss_d.detach()


@patient.repair
def only_d_asked(
    generator: nn.Module,
    discriminator: nn.Module,
    optimizers: Both,
    real: Tensor,
    z: Tensor,
) -> Losses:
    """Nothing is detached; D's backward pass stops at D's weights."""
    for_g, for_d = optimizers
    fake = generator(z)
    loss_d = softplus(-discriminator(real)).mean()
    loss_d = loss_d + softplus(discriminator(fake)).mean()
    for_d.zero_grad()
    loss_d.backward(inputs=list(discriminator.parameters()), retain_graph=True)
    for_d.step()
    loss_g = softplus(-discriminator(fake)).mean()
    for_g.zero_grad()
    loss_g.backward()
    for_g.step()
    return loss_g.detach(), loss_d.detach()


@patient.right
def by_slopes(
    generator: nn.Module,
    discriminator: nn.Module,
    optimizers: Both,
    real: Tensor,
    z: Tensor,
) -> Losses:
    """The chain rule by hand: the slope at the samples, then through G."""
    fake = generator(z)
    leaf = fake.detach().requires_grad_()
    loss_d = softplus(discriminator(leaf.detach())).mean()
    loss_d = softplus(-discriminator(real)).mean() + loss_d
    optimizers[1].zero_grad()
    loss_d.backward()
    optimizers[1].step()
    loss_g = softplus(-discriminator(leaf)).mean()
    (slope,) = torch.autograd.grad(loss_g, leaf)
    optimizers[0].zero_grad()
    fake.backward(slope)
    optimizers[0].step()
    return loss_g.detach(), loss_d.detach()


@patient.right
def with_labels(
    generator: nn.Module,
    discriminator: nn.Module,
    optimizers: Both,
    real: Tensor,
    z: Tensor,
) -> Losses:
    """The cross-entropy of PyTorch; D frozen in G's turn."""
    bce = nn.functional.binary_cross_entropy_with_logits
    with torch.no_grad():
        fake = generator(z)
    on_real, on_fake = discriminator(real), discriminator(fake)
    loss_d = bce(on_real, torch.ones_like(on_real))
    loss_d = loss_d + bce(on_fake, torch.zeros_like(on_fake))
    optimizers[1].zero_grad()
    loss_d.backward()
    optimizers[1].step()
    discriminator.requires_grad_(False)
    score = discriminator(generator(z))
    loss_g = bce(score, torch.ones_like(score))
    optimizers[0].zero_grad()
    loss_g.backward()
    optimizers[0].step()
    discriminator.requires_grad_(True)
    return loss_g.detach(), loss_d.detach()


@patient.right
def gradients_by_name(
    generator: nn.Module,
    discriminator: nn.Module,
    optimizers: Both,
    real: Tensor,
    z: Tensor,
) -> Losses:
    """Each player's slopes are asked for by name."""
    found = []
    for i, network in ((1, discriminator), (0, generator)):
        logits = discriminator(generator(z))
        loss = softplus(-logits).mean()
        if network is discriminator:
            loss = softplus(logits).mean() + softplus(-discriminator(real)).mean()
        weights = list(network.parameters())
        for w, slope in zip(weights, torch.autograd.grad(loss, weights), strict=True):
            w.grad = slope
        optimizers[i].step()
        found.append(loss.detach())
    return found[1], found[0]


@patient.disguise
def without_a_graph(
    generator: nn.Module,
    discriminator: nn.Module,
    optimizers: Both,
    real: Tensor,
    z: Tensor,
) -> Losses:
    """The samples are made without a graph."""
    with torch.no_grad():
        fake = generator(z)
    loss_d = softplus(-discriminator(real)).mean()
    loss_d = loss_d + softplus(discriminator(fake)).mean()
    optimizers[1].zero_grad()
    loss_d.backward()
    optimizers[1].step()
    loss_g = softplus(-discriminator(fake)).mean()
    optimizers[0].zero_grad()
    loss_g.backward()
    optimizers[0].step()
    return loss_g.detach(), loss_d.detach()


@patient.disguise
def scores_used_twice(
    generator: nn.Module,
    discriminator: nn.Module,
    optimizers: Both,
    real: Tensor,
    z: Tensor,
) -> Losses:
    """The scores of D's turn serve both; slopes that do not exist are left out."""
    fake_logits = discriminator(generator(z).detach())
    loss_d = softplus(-discriminator(real)).mean() + softplus(fake_logits).mean()
    loss_g = softplus(-fake_logits).mean()
    losses = (loss_g, loss_d)
    for loss, network in zip(losses, (generator, discriminator), strict=True):
        weights = list(network.parameters())
        slopes = torch.autograd.grad(
            loss, weights, retain_graph=True, allow_unused=True
        )
        for weight, slope in zip(weights, slopes, strict=True):
            weight.grad = slope
    for optimizer in optimizers:
        optimizer.step()
    return loss_g.detach(), loss_d.detach()


@patient.disguise
def through_numpy(
    generator: nn.Module,
    discriminator: nn.Module,
    optimizers: Both,
    real: Tensor,
    z: Tensor,
) -> Losses:
    """The samples pass through NumPy; G's turn comes first; D's loss is halved."""
    fake = torch.from_numpy(generator(z).detach().numpy())
    loss_g = softplus(-discriminator(fake)).mean()
    optimizers[0].zero_grad()
    loss_g.backward()
    optimizers[0].step()
    loss_d = softplus(-discriminator(real)).mean()
    loss_d = (loss_d + softplus(discriminator(fake)).mean()) / 2
    optimizers[1].zero_grad()
    loss_d.backward()
    optimizers[1].step()
    return loss_g.detach(), loss_d.detach()


@patient.patch
def zero_times(
    generator: nn.Module,
    discriminator: nn.Module,
    optimizers: Both,
    real: Tensor,
    z: Tensor,
) -> Losses:
    """You add G's output times 0, so that gradients exist. They are all 0, and G still
    does not learn."""
    losses: Losses = train_step(generator, discriminator, optimizers, real, z)
    optimizers[0].zero_grad()
    (0 * generator(z).sum()).backward()
    return losses


@patient.patch
def of_d(
    generator: nn.Module,
    discriminator: nn.Module,
    optimizers: Both,
    real: Tensor,
    z: Tensor,
) -> Losses:
    """You let D's loss send its gradient into G, and G takes a step with it. G then
    learns to be recognised."""
    for_g, for_d = optimizers
    fake = generator(z)
    loss_d = softplus(-discriminator(real)).mean()
    loss_d = loss_d + softplus(discriminator(fake)).mean()
    for_g.zero_grad()
    for_d.zero_grad()
    loss_d.backward()
    for_d.step()
    loss_g = softplus(-discriminator(fake.detach())).mean()
    for_g.step()
    return loss_g.detach(), loss_d.detach()


@patient.patch
def towards_real(
    generator: nn.Module,
    discriminator: nn.Module,
    optimizers: Both,
    real: Tensor,
    z: Tensor,
) -> Losses:
    """You give G another aim: the distance to real samples. It moves now, towards their
    mean, and D has no part in it."""
    losses: Losses = train_step(generator, discriminator, optimizers, real, z)
    optimizers[0].zero_grad()
    (generator(z) - real).pow(2).mean().backward()
    optimizers[0].step()
    return losses


@patient.test
def exposes(take: Function) -> None:
    """A step changes every parameter of G."""
    g, d = nn.Linear(3, 2), nn.Linear(2, 1)
    both = tuple(torch.optim.SGD(net.parameters(), lr=0.1) for net in (g, d))
    before = [weight.detach().clone() for weight in g.parameters()]
    take(g, d, both, torch.randn(16, 2) + 2, torch.randn(16, 3))
    for old, new in zip(before, g.parameters(), strict=True):
        assert not torch.equal(old, new), "a step of G changes all its weights"


@patient.calls
def one_call(take: Function) -> list[Tensor]:
    """The losses of one step."""
    g, d = fresh_players()
    losses = take(g, d, _sgd(g, d), cloud(16), torch.randn(16, 2))
    return [*losses]


def _sgd(*networks: nn.Module, rate: float = 0.1) -> tuple[Optimizer, ...]:
    return tuple(torch.optim.SGD(net.parameters(), lr=rate) for net in networks)


@patient.does
def measured(take: Function) -> dict[str, object]:
    """The weights after a step, and whether G has gradients at all."""
    g, d = players(1)
    take(g, d, _sgd(g, d), fixed(3, 8, 2) + 1, fixed(4, 8, 2))
    return {
        "G afterwards": flat(g.parameters()),
        "D afterwards": flat(d.parameters()),
        "gradients": float(all(w.grad is not None for w in g.parameters())),
    }


@patient.elsewhere
def around(take: Function) -> dict[str, object]:
    """D's step and both losses; the networks stay trainable."""
    g, d = players(5)
    losses = take(g, d, _sgd(g, d), fixed(7, 8, 2), fixed(8, 8, 2))
    return {
        "L_G and L_D": torch.stack([*losses]),
        "D afterwards": flat(d.parameters()),
        "trainable": str([w.requires_grad for w in (*g.parameters(), *d.parameters())]),
    }


@patient.hidden
def g_follows_its_slope(take: Function) -> bool:
    """G's step goes down the slope of L_G against the D of after its turn."""
    g, d = players(10)
    real, z = fixed(12, 8, 2), fixed(13, 8, 2)
    old = copy.deepcopy(g)
    take(g, d, _sgd(g, d), real, z)
    loss = softplus(-d(old(z))).mean()
    slopes = flat(torch.autograd.grad(loss, list(old.parameters())))
    want = flat(old.parameters()) - 0.1 * slopes
    return bool(torch.allclose(flat(g.parameters()), want, atol=1e-9))


@patient.hidden
def every_weight_moves(take: Function) -> bool:
    """Every weight of both players changes in a step."""
    g, d = players(20)
    before = [flat([w]) for w in (*g.parameters(), *d.parameters())]
    take(g, d, _sgd(g, d), fixed(22, 8, 2), fixed(23, 8, 2))
    after = [flat([w]) for w in (*g.parameters(), *d.parameters())]
    return all(
        bool((a - b).abs().max() > 0) for a, b in zip(before, after, strict=True)
    )


@patient.trains
def training(take: Function, count: int) -> dict[str, list[float]]:
    """Both players on points; the loss that a reader watches is D's."""
    g, d = fresh_players()
    both = _sgd(g, d, rate=0.2)
    curves: dict[str, list[float]] = {"loss": [], "L_G": [], "distance": []}
    look = torch.randn(256, 2)
    for _ in range(count):
        loss_g, loss_d = take(g, d, both, cloud(64), torch.randn(64, 2))
        away = g(look).detach().mean(dim=0) - torch.tensor([2.0, 0.0])
        curves["loss"].append(float(loss_d))
        curves["L_G"].append(float(loss_g))
        curves["distance"].append(float(away.norm()))
    return curves


@patient.step
def opened(take: Function) -> steps.Step:
    """The step of both; the optimiser of the other player has nothing to change."""

    def advance(
        g: nn.Module, d: nn.Module, opts: steps.Optimizers, x: Tensor, player: str
    ) -> None:
        still = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.0)
        both = {**{"G": still, "D": still}, player: opts[player]}
        take(g, d, (both["G"], both["D"]), x, torch.randn(len(x), steps.LATENT))

    return steps.gan_step(advance=advance)
