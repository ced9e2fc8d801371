"""Patient: D's turn makes D's loss larger."""

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid, softplus
from torch.optim import SGD, Optimizer

from aigc_course.clinic import steps
from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._fixed import (
    cloud,
    fixed,
    flat,
    fresh_players,
    players,
)

patient = Patient(
    "maximised_loss",
    ward="A",
    number=10,
    title="The turn of a discriminator",
    symptom="D's loss grows from 1.5 to more than 300. D calls real samples generated"
    " and generated samples real, and is surer of it after more training.",
    cause="D's turn goes up its own loss. In the minimax game G raises D's loss, and D"
    " lowers it: the step of D must go down.",
    figure=("step", "D(x) - D(G(z))"),
)


@patient.shown
def teach(
    discriminator: nn.Module, optimizer: Optimizer, real: Tensor, fake: Tensor
) -> Tensor:
    """A step of D. Returns D's loss before it."""
    on_real = logsigmoid(discriminator(real)).mean()
    on_fake = logsigmoid(-discriminator(fake)).mean()
    value = on_real + on_fake
    optimizer.zero_grad()
    value.backward()
    optimizer.step()
    return -value.detach()


@patient.repair
def minus(
    discriminator: nn.Module, optimizer: Optimizer, real: Tensor, fake: Tensor
) -> Tensor:
    """The reference: an optimiser goes down, so it gets the loss."""
    on_real = logsigmoid(discriminator(real)).mean()
    on_fake = logsigmoid(-discriminator(fake)).mean()
    value = on_real + on_fake
    optimizer.zero_grad()
    (-value).backward()
    optimizer.step()
    return -value.detach()


@patient.repair
def losses_added(
    discriminator: nn.Module, optimizer: Optimizer, real: Tensor, fake: Tensor
) -> Tensor:
    """The signs at the two terms."""
    on_real = -logsigmoid(discriminator(real)).mean()
    on_fake = -logsigmoid(-discriminator(fake)).mean()
    value = on_real + on_fake
    optimizer.zero_grad()
    value.backward()
    optimizer.step()
    return value.detach()


@patient.repair
def with_softplus(
    discriminator: nn.Module, optimizer: Optimizer, real: Tensor, fake: Tensor
) -> Tensor:
    """-log sigmoid(a) = softplus(-a)."""
    on_real = softplus(-discriminator(real)).mean()
    on_fake = softplus(discriminator(fake)).mean()
    value = on_real + on_fake
    optimizer.zero_grad()
    value.backward()
    optimizer.step()
    return value.detach()


@patient.right
def with_labels(
    discriminator: nn.Module, optimizer: Optimizer, real: Tensor, fake: Tensor
) -> Tensor:
    """The cross-entropy of PyTorch with the labels 1 and 0."""
    bce = binary_cross_entropy_with_logits
    optimizer.zero_grad()
    on_real, on_fake = discriminator(real), discriminator(fake)
    loss = bce(on_real, torch.ones_like(on_real))
    loss = loss + bce(on_fake, torch.zeros_like(on_fake))
    loss.backward()
    optimizer.step()
    return loss.detach()


@patient.right
def two_passes(
    discriminator: nn.Module, optimizer: Optimizer, real: Tensor, fake: Tensor
) -> Tensor:
    """A backward pass for each term; the gradients add up."""
    optimizer.zero_grad()
    on_real = softplus(-discriminator(real)).mean()
    on_real.backward()
    on_fake = softplus(discriminator(fake)).mean()
    on_fake.backward()
    optimizer.step()
    return (on_real + on_fake).detach()


@patient.right
def negative_slopes(
    discriminator: nn.Module, optimizer: Optimizer, real: Tensor, fake: Tensor
) -> Tensor:
    """Up the objective: down its negative, slope by slope."""
    value = logsigmoid(discriminator(real)).mean()
    value = value + logsigmoid(-discriminator(fake)).mean()
    weights = list(discriminator.parameters())
    for weight, slope in zip(weights, torch.autograd.grad(value, weights), strict=True):
        weight.grad = -slope
    optimizer.step()
    return -value.detach()


@patient.disguise
def minus_the_loss(
    discriminator: nn.Module, optimizer: Optimizer, real: Tensor, fake: Tensor
) -> Tensor:
    """The loss, and a minus too many."""
    loss = softplus(-discriminator(real)).mean() + softplus(discriminator(fake)).mean()
    optimizer.zero_grad()
    (-loss).backward()
    optimizer.step()
    return loss.detach()


@patient.disguise
def turned_round(
    discriminator: nn.Module, optimizer: Optimizer, real: Tensor, fake: Tensor
) -> Tensor:
    """The gradients are turned round after the backward pass."""
    loss = softplus(-discriminator(real)).mean() + softplus(discriminator(fake)).mean()
    optimizer.zero_grad()
    loss.backward()
    for weight in discriminator.parameters():
        if weight.grad is not None:
            weight.grad.neg_()
    optimizer.step()
    return loss.detach()


@patient.disguise
def half_the_objective(
    discriminator: nn.Module, optimizer: Optimizer, real: Tensor, fake: Tensor
) -> Tensor:
    """The mean of both logarithms is given to the optimiser."""
    logits = torch.cat([discriminator(real), -discriminator(fake)])
    objective = logsigmoid(logits).mean()
    optimizer.zero_grad()
    objective.backward()
    optimizer.step()
    return -2 * objective.detach()


@patient.patch
def until_it_cannot_tell(
    discriminator: nn.Module, optimizer: Optimizer, real: Tensor, fake: Tensor
) -> Tensor:
    """You stop where the loss exceeds 2 log 2, so D stays near 1/2. It is still moved
    away from the answer, and never learns to tell samples apart."""
    before = [weight.detach().clone() for weight in discriminator.parameters()]
    loss: Tensor = teach(discriminator, optimizer, real, fake)
    if loss > 1.3862943611:
        for weight, old in zip(discriminator.parameters(), before, strict=True):
            weight.data.copy_(old)
    return loss


@patient.patch
def clipped(
    discriminator: nn.Module, optimizer: Optimizer, real: Tensor, fake: Tensor
) -> Tensor:
    """You keep the weights small, so the loss no longer grows without an end. Its
    direction is still the wrong one."""
    loss: Tensor = teach(discriminator, optimizer, real, fake)
    for weight in discriminator.parameters():
        weight.data.clamp_(-0.1, 0.1)
    return loss


@patient.patch
def weaker(
    discriminator: nn.Module, optimizer: Optimizer, real: Tensor, fake: Tensor
) -> Tensor:
    """You make the steps smaller. D still goes the wrong way, more slowly."""
    for group in optimizer.param_groups:
        group["lr"] /= 100
    loss: Tensor = teach(discriminator, optimizer, real, fake)
    for group in optimizer.param_groups:
        group["lr"] *= 100
    return loss


@patient.test
def exposes(turn: Function) -> None:
    """A small step lowers D's loss on the same samples."""
    d, real, fake = nn.Linear(2, 1), torch.randn(16, 2) + 1, torch.randn(16, 2) - 1
    optimizer = SGD(d.parameters(), lr=0.05)
    first = turn(d, optimizer, real, fake)
    second = turn(d, optimizer, real, fake)
    assert second < first, "a step of D lowers D's loss"


@patient.calls
def one_call(turn: Function) -> Tensor:
    """The loss before a step."""
    _, d = fresh_players()
    result: Tensor = turn(d, SGD(d.parameters(), lr=0.1), cloud(16), -cloud(16))
    return result


def _after(turn: Function, number: int, rate: float) -> tuple[Tensor, Tensor]:
    _, d = players(number)
    optimizer = SGD(d.parameters(), lr=rate)
    losses = [
        turn(d, optimizer, fixed(number + i, 8, 2) + 1, fixed(number + 5 + i, 8, 2) - 1)
        for i in range(2)
    ]
    return torch.stack(losses), flat(d.parameters())


@patient.does
def measured(turn: Function) -> dict[str, object]:
    """The losses and the weights after two steps, on two networks."""
    one, two = _after(turn, 1, 0.1), _after(turn, 30, 0.1)
    return {"losses": one[0], "weights": one[1], "others": two[1]}


@patient.elsewhere
def around(turn: Function) -> dict[str, object]:
    """The loss before the step; with the rate 0 nothing moves; the samples."""
    _, d = players(3)
    real, fake = fixed(5, 8, 2), fixed(6, 8, 2)
    optimizer = SGD(d.parameters(), lr=0.0)
    loss = turn(d, optimizer, real, fake)
    return {
        "loss": loss,
        "weights": flat(d.parameters()),
        "rate": optimizer.param_groups[0]["lr"],
        "samples": torch.cat([real, fake]),
    }


@patient.hidden
def goes_down(turn: Function) -> bool:
    """D's loss falls when its turn is repeated on the same samples."""
    _, d = players(10)
    optimizer = SGD(d.parameters(), lr=0.1)
    real, fake = fixed(12, 16, 2) + 1, fixed(13, 16, 2) - 1
    losses = [float(turn(d, optimizer, real, fake)) for _ in range(10)]
    return all(b < a for a, b in zip(losses, losses[1:], strict=False))


@patient.hidden
def step_of_its_slope(turn: Function) -> bool:
    """The step is -rate times the slope of L_D."""
    _, d = players(20)
    real, fake = fixed(22, 8, 2), fixed(23, 8, 2)
    loss = softplus(-d(real)).mean() + softplus(d(fake)).mean()
    slopes = flat(torch.autograd.grad(loss, list(d.parameters())))
    want = flat(d.parameters()) - 0.1 * slopes
    turn(d, SGD(d.parameters(), lr=0.1), real, fake)
    return bool(torch.allclose(flat(d.parameters()), want, atol=1e-9))


@patient.trains
def training(turn: Function, count: int) -> dict[str, list[float]]:
    """D learns to tell two clouds apart that lie far from each other."""
    _, d = fresh_players()
    optimizer = SGD(d.parameters(), lr=0.1)
    curves: dict[str, list[float]] = {"loss": [], "D(x) - D(G(z))": []}
    for _ in range(count):
        real, fake = cloud(64), -cloud(64)
        curves["loss"].append(float(turn(d, optimizer, real, fake)))
        apart = d(real).sigmoid().mean() - d(fake).sigmoid().mean()
        curves["D(x) - D(G(z))"].append(float(apart.detach()))
    return curves


@patient.step
def opened(turn: Function) -> steps.Step:
    """D's turn in a step on points."""

    def advance(
        g: nn.Module, d: nn.Module, opts: steps.Optimizers, x: Tensor, player: str
    ) -> None:
        fake = g(torch.randn(len(x), steps.LATENT))
        if player == "D":
            turn(d, opts["D"], x, fake.detach())
            return
        opts["G"].zero_grad()
        steps.non_saturating(d(fake), d(x)).backward()
        opts["G"].step()

    return steps.gan_step(advance=advance)
