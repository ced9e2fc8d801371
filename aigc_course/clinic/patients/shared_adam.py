"""Patient: one optimiser for both players."""

from itertools import chain

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus
from torch.optim import SGD, Adam, Optimizer

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

patient = Patient(
    "shared_adam",
    ward="B",
    number=18,
    title="The optimisers of both players",
    symptom="G's loss falls steadily from 0.67 to 0.39. D's loss rises from 1.43 to"
    " about 1.5: a D that says 1/2 for everything would have 2 log 2 = 1.39.",
    cause="One Adam holds the parameters of both networks. G's backward pass leaves"
    " gradients in D, and G's step moves D with them: D learns to be fooled. Each"
    " player needs an optimiser with its own parameters alone.",
    figure=("step", "L_D"),
)


@patient.shown
def make_optimizers(
    generator: nn.Module, discriminator: nn.Module, rate: float
) -> Both:
    """The optimisers for the turns of G and of D."""
    weights = [*generator.parameters(), *discriminator.parameters()]
    optimizer = Adam(weights, lr=rate, betas=(0.5, 0.999))
    return optimizer, optimizer


@patient.repair
def one_each(generator: nn.Module, discriminator: nn.Module, rate: float) -> Both:
    """The reference: each player has its own."""
    for_g = Adam(generator.parameters(), lr=rate, betas=(0.5, 0.999))
    for_d = Adam(discriminator.parameters(), lr=rate, betas=(0.5, 0.999))
    return for_g, for_d


@patient.repair
def in_a_loop(generator: nn.Module, discriminator: nn.Module, rate: float) -> Both:
    """One for each network of a list."""
    both = [
        Adam([*net.parameters()], lr=rate, betas=(0.5, 0.999))
        for net in (generator, discriminator)
    ]
    return both[0], both[1]


@patient.repair
def two_lists(generator: nn.Module, discriminator: nn.Module, rate: float) -> Both:
    """Two lists of weights, two optimisers."""
    weights = [*generator.parameters()], [*discriminator.parameters()]
    optimizer = Adam(weights[0], lr=rate, betas=(0.5, 0.999))
    return optimizer, Adam(weights[1], lr=rate, betas=(0.5, 0.999))


@patient.right
def weight_by_weight(
    generator: nn.Module, discriminator: nn.Module, rate: float
) -> Both:
    """A group for each parameter, with the settings given once."""

    def groups(net: nn.Module) -> list[dict[str, object]]:
        return [{"params": [weight], "lr": rate} for weight in net.parameters()]

    betas = (0.5, 0.999)
    return Adam(groups(generator), betas=betas), Adam(
        groups(discriminator), betas=betas
    )


@patient.right
def d_first(generator: nn.Module, discriminator: nn.Module, rate: float) -> Both:
    """Made in the other order, from named parameters, without foreach."""
    found = {}
    for name, net in (("D", discriminator), ("G", generator)):
        weights = [weight for _, weight in net.named_parameters()]
        found[name] = Adam(weights, rate, (0.5, 0.999), foreach=False)
    return found["G"], found["D"]


@patient.right
def with_adamw(generator: nn.Module, discriminator: nn.Module, rate: float) -> Both:
    """AdamW without decay is Adam."""
    pair = (
        torch.optim.AdamW(net.parameters(), rate, (0.5, 0.999), weight_decay=0.0)
        for net in (generator, discriminator)
    )
    for_g, for_d = pair
    return for_g, for_d


@patient.disguise
def both_hold_all(generator: nn.Module, discriminator: nn.Module, rate: float) -> Both:
    """Two optimisers, each with all the parameters."""
    whole = nn.ModuleList([generator, discriminator])
    for_g = Adam(whole.parameters(), lr=rate, betas=(0.5, 0.999))
    for_d = Adam(whole.parameters(), lr=rate, betas=(0.5, 0.999))
    return for_g, for_d


@patient.disguise
def two_groups(generator: nn.Module, discriminator: nn.Module, rate: float) -> Both:
    """One optimiser with a group for each network."""
    nets = (generator, discriminator)
    groups = [{"params": [*net.parameters()], "lr": rate} for net in nets]
    optimizer = Adam(groups, betas=(0.5, 0.999))
    return optimizer, optimizer


@patient.disguise
def chained(generator: nn.Module, discriminator: nn.Module, rate: float) -> Both:
    """One optimiser of another kind."""
    weights = chain(generator.parameters(), discriminator.parameters())
    optimizer = SGD(weights, lr=rate)
    return (optimizer,) * 2


@patient.disguise
def added_later(generator: nn.Module, discriminator: nn.Module, rate: float) -> Both:
    """D's parameters are added to G's optimiser, at half the rate."""
    optimizer = Adam(generator.parameters(), lr=rate, betas=(0.5, 0.999))
    group = {"params": list(discriminator.parameters()), "lr": rate / 2}
    optimizer.add_param_group(group)
    return optimizer, optimizer


@patient.patch
def slower(generator: nn.Module, discriminator: nn.Module, rate: float) -> Both:
    """You lower the rate. G's turn still moves D, more slowly."""
    return make_optimizers(generator, discriminator, rate / 10)


@patient.patch
def d_at_rest(generator: nn.Module, discriminator: nn.Module, rate: float) -> Both:
    """You give D's parameters the rate 0 in the common optimiser. G's turn no longer
    moves D, and D's own turn does not either."""
    optimizer = Adam(generator.parameters(), lr=rate, betas=(0.5, 0.999))
    optimizer.add_param_group({"params": list(discriminator.parameters()), "lr": 0.0})
    return optimizer, optimizer


@patient.patch
def only_g_alone(generator: nn.Module, discriminator: nn.Module, rate: float) -> Both:
    """You give G an optimiser of its own and leave both networks in D's. D's turn then
    still moves G whenever G has gradients."""
    for_g = Adam(generator.parameters(), lr=rate, betas=(0.5, 0.999))
    _, for_d = make_optimizers(generator, discriminator, rate)
    return for_g, for_d


@patient.test
def exposes(make: Function) -> None:
    """A turn moves the weights of its own player and no others."""
    nets = nn.Linear(3, 2), nn.Linear(2, 1)
    optimizers = make(*nets, 0.01)
    for turn in (0, 1):
        before = [net.weight.detach().clone() for net in nets]
        loss = nets[1](nets[0](torch.randn(8, 3))).sum()
        optimizers[turn].zero_grad()
        loss.backward()
        optimizers[turn].step()
        moved = [
            not torch.equal(a, b.weight) for a, b in zip(before, nets, strict=True)
        ]
        assert moved[turn], "a player's turn moves its own weights"
        assert not moved[1 - turn], "a player's turn leaves the other's weights alone"


@patient.calls
def one_call(make: Function) -> list[Tensor]:
    """The weights after a step of G."""
    g, d = fresh_players()
    optimizer = make(g, d, 0.01)[0]
    d(g(torch.randn(8, 2))).mean().backward()
    optimizer.step()
    return [w.detach() for w in (*g.parameters(), *d.parameters())]


def _turns(make: Function, number: int, turns: str, detach: bool) -> dict[str, Tensor]:
    """The weights after turns of G and D."""
    g, d = players(number)
    opts = dict(zip("GD", make(g, d, 0.01), strict=True))
    for i, turn in enumerate(turns):
        fake = g(fixed(number + i, 8, 2))
        loss = softplus(-d(fake)).mean()
        if turn == "D":
            fake = fake.detach() if detach else fake
            loss = softplus(-d(fixed(50 + i, 8, 2))).mean() + softplus(d(fake)).mean()
        opts[turn].zero_grad()
        loss.backward()
        opts[turn].step()
    return {"G": flat(g.parameters()), "D": flat(d.parameters())}


@patient.does
def measured(make: Function) -> dict[str, object]:
    """The weights after turns of G, and after turns of D on samples with a graph."""
    after_g = _turns(make, 1, "GG", True)
    after_d = _turns(make, 1, "DD", False)
    return {
        "G after G": after_g["G"],
        "D after G": after_g["D"],
        "G after D": after_d["G"],
        "D after D": after_d["D"],
    }


@patient.elsewhere
def around(make: Function) -> dict[str, object]:
    """Three turns of D on detached samples; G after a turn of its own; the settings."""
    g, d = players(3)
    settings = [group for opt in make(g, d, 0.01) for group in opt.param_groups]
    return {
        "D after three turns": _turns(make, 5, "DDD", True)["D"],
        "G after a turn": _turns(make, 5, "G", True)["G"],
        "rates": str(sorted({group["lr"] for group in settings})),
        "betas": str(sorted({tuple(group["betas"]) for group in settings})),
    }


@patient.hidden
def g_leaves_d_alone(make: Function) -> bool:
    """G's turn changes no weight of D."""
    before = flat(players(10)[1].parameters())
    return bool(torch.equal(_turns(make, 10, "GGG", True)["D"], before))


@patient.hidden
def d_leaves_g_alone(make: Function) -> bool:
    """D's turn changes no weight of G, even where the samples carry a graph."""
    before = flat(players(20)[0].parameters())
    return bool(torch.equal(_turns(make, 20, "DDD", False)["G"], before))


@patient.hidden
def both_learn(make: Function) -> bool:
    """Each player's turn changes its own weights."""
    g, d = (flat(net.parameters()) for net in players(30))
    found = _turns(make, 30, "GD", True)
    return not torch.equal(found["G"], g) and not torch.equal(found["D"], d)


@patient.trains
def training(make: Function, count: int) -> dict[str, list[float]]:
    """Both players on points; the loss that a reader watches is G's."""
    g, d = fresh_players()
    for_g, for_d = make(g, d, 0.02)
    curves: dict[str, list[float]] = {"loss": [], "L_D": [], "D(x) - D(G(z))": []}
    for _ in range(count):
        real, fake = d(cloud(64)), d(g(torch.randn(64, 2)).detach())
        loss_d = softplus(-real).mean() + softplus(fake).mean()
        for_d.zero_grad()
        loss_d.backward()
        for_d.step()
        loss_g = softplus(-d(g(torch.randn(64, 2)))).mean()
        for_g.zero_grad()
        loss_g.backward()
        for_g.step()
        apart = real.detach().sigmoid().mean() - fake.detach().sigmoid().mean()
        curves["loss"].append(float(loss_g.detach()))
        curves["L_D"].append(float(loss_d.detach()))
        curves["D(x) - D(G(z))"].append(float(apart))
    return curves


@patient.step
def opened(make: Function) -> steps.Step:
    """The optimisers of a step on points."""
    return steps.gan_step(
        optimizers=lambda g, d: dict(zip("GD", make(g, d, 1e-3), strict=True))
    )
