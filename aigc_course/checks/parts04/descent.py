"""Exercises on going downhill: one update, and an optimiser for each player."""

import torch
from torch import Tensor, nn
from torch.optim import Adam

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.checks.small_gan import Net, Opt, networks, sgd, weights

down = Exercise(
    "04.descend",
    title="Three calls that teach",
    difficulty=1,
    minutes=6,
    idea="PyTorch adds new gradients to those that are there. So first throw the old"
    " ones away, then compute, then move.",
    formula="g = 0; g = g + dL/dw; w = w - lr g (or what the optimiser makes of g).",
    line="Call `optimizer.zero_grad()`, `loss.backward()`, `optimizer.step()`.",
    variation="Clip the gradients to length 1 between the second and the third call,"
    " and see whether the loop below becomes steadier.",
)

two = Exercise(
    "04.optimizers",
    title="An optimiser for each player",
    difficulty=2,
    minutes=6,
    idea="The players want opposite things, so each gets an optimiser that holds its"
    " own weights and no others. The momentum is weak, since the opponent moves too.",
    formula="Adam over G's weights and Adam over D's weights, both with rate lr and"
    " betas (0.5, 0.99), in this order.",
    line="Write `Adam, betas = torch.optim.Adam, (0.5, 0.99)` and `return"
    " Adam(G.parameters(), lr, betas), Adam(D.parameters(), lr, betas)`.",
    variation="Give D twice the rate of G, then G twice the rate of D, and compare"
    " the pictures.",
)


@down.answer
def descend(optimizer: Opt, loss: Tensor) -> None:
    """Move the optimiser's weights one step down the loss; older gradients are void."""
    optimizer.zero_grad()  # whoever called backward() before has left gradients here
    loss.backward()
    optimizer.step()


@down.also_right
def cleared_by_hand(optimizer: Opt, loss: Tensor) -> None:
    for group in optimizer.param_groups:
        for weight in group["params"]:
            weight.grad = None
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()


@down.also_right
def gradients_handed_over(optimizer: Opt, loss: Tensor) -> None:
    held = [w for group in optimizer.param_groups for w in group["params"]]
    for weight, gradient in zip(held, torch.autograd.grad(loss, held), strict=True):
        weight.grad = gradient
    optimizer.step()


def task() -> tuple[Net, Tensor, Tensor]:
    """A small network, inputs and targets."""
    network = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1))
    return network, torch.randn(8, 3), torch.randn(8, 1)


def error(network: Net, x: Tensor, y: Tensor) -> Tensor:
    return (network(x) - y).square().mean()


@down.observe
def two_updates(f) -> dict[str, object]:
    network, x, y = task()
    optimizer = sgd(network, 0.1)
    (3 * network(x)).sum().backward()  # as another player may have left it
    f(optimizer, error(network, x, y))
    once = weights(network)
    f(optimizer, error(network, x, y))
    twice = weights(network)
    f(optimizer, 50 * error(network, x, y))  # a gradient much longer than 1
    steep = weights(network)
    heavy = torch.optim.SGD(network.parameters(), 0.1, momentum=0.9)
    f(heavy, error(network, x, y))
    return {
        "after one update": once,
        "after two updates": twice,
        "after an update with a long gradient": steep,
        "after an update with momentum": weights(network),
    }


@down.must_hold
def lower(f) -> bool:
    """After a small step the same loss is smaller."""
    network, x, y = task()
    before = error(network, x, y).detach()
    f(sgd(network, 0.01), error(network, x, y))
    return bool(error(network, x, y) < before)


@down.must_hold
def with_any_optimizer(f) -> bool:
    """Where Adam takes its first step each weight moves by the learning rate."""
    weight = torch.tensor([3.0, -2.0], requires_grad=True)
    f(Adam([weight], lr=0.1), weight.square().sum())
    return same(weight.detach(), torch.tensor([2.9, -1.9]), tolerance=1e-3)


@down.mistake(hint="formula")
def never_cleared(optimizer: Opt, loss: Tensor) -> None:
    """Gradients of earlier calls are still in the weights, and `backward()` adds to
    them: you walk down a sum of old losses, in a GAN even down the opponent's. Call
    `optimizer.zero_grad()` first."""
    loss.backward()
    optimizer.step()


@down.mistake(hint="formula")
def cleared_afterwards(optimizer: Opt, loss: Tensor) -> None:
    """You clear the gradients after the step. What the other player's `backward()`
    leaves here before your next turn is then still counted. Clear them before
    `backward()`."""
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()


@down.mistake(hint="line")
def nothing_moves(optimizer: Opt, loss: Tensor) -> None:
    """The weights are where they were: `optimizer.step()` is missing, or it found no
    gradients because it came before `backward()` or after `zero_grad()`. The order is
    zero_grad, backward, step."""
    optimizer.zero_grad()
    loss.backward()


@down.mistake(hint="formula")
def uphill(optimizer: Opt, loss: Tensor) -> None:
    """The loss has grown: your step goes up. Optimisers subtract the gradient already,
    so hand them the loss itself."""
    optimizer.zero_grad()
    (-loss).backward()
    optimizer.step()


@down.mistake(hint="idea")
def stepped_twice(optimizer: Opt, loss: Tensor) -> None:
    """You take two steps on one gradient; the second goes blind. One `step()` for each
    `backward()`."""
    descend(optimizer, loss)
    optimizer.step()


@down.mistake(hint="formula")
def backward_twice(optimizer: Opt, loss: Tensor) -> None:
    """You call `backward()` twice, and the second call adds the same gradient again:
    the step is twice as long. One `backward()` for each step."""
    optimizer.zero_grad()
    loss.backward(retain_graph=True)
    loss.backward()
    optimizer.step()


@down.mistake(hint="formula")
def clipped(optimizer: Opt, loss: Tensor) -> None:
    """You clip gradients longer than 1, which changes where the step leads: a remedy
    for later, and no part of (4.7). Move along the whole gradient."""
    optimizer.zero_grad()
    loss.backward()
    held = [w for group in optimizer.param_groups for w in group["params"]]
    nn.utils.clip_grad_norm_(held, 1.0)
    optimizer.step()


@two.answer
def optimizers(G: Net, D: Net, lr: float) -> tuple[Opt, Opt]:
    """An Adam for G and one for D, rate lr, betas (0.5, 0.99)."""
    betas = (0.5, 0.99)
    return Adam(G.parameters(), lr, betas), Adam(D.parameters(), lr, betas)


@two.also_right
def in_a_loop(G: Net, D: Net, lr: float) -> tuple[Opt, ...]:
    made = []
    for network in (G, D):
        made.append(Adam([*network.parameters()], lr=lr, betas=(0.5, 0.99)))
    return tuple(made)


@two.also_right
def fused(G: Net, D: Net, lr: float) -> list[Opt]:
    betas = (0.5, 0.99)
    return [Adam(net.parameters(), lr, betas, fused=True) for net in (G, D)]


def held(optimizer: Opt, G: Net, D: Net) -> str:
    """Whose weights an optimiser moves, in words."""
    ids = {id(w) for group in optimizer.param_groups for w in group["params"]}
    names = [
        name
        for name, network in (("G", G), ("D", D))
        if {id(w) for w in network.parameters()} & ids
    ]
    return " and ".join(names) or "none"


def pair(f, G: Net, D: Net, lr: float) -> list[Opt]:
    made = f(G, D, lr)
    assert isinstance(made, tuple | list) and len(made) == 2, (
        "The result should be a pair of optimisers, G's first."
    )
    assert all(isinstance(one, Opt) for one in made), (
        "Both results should be optimisers of `torch.optim`."
    )
    return list(made)


@two.observe
def what_they_hold(f) -> dict[str, object]:
    G, D = networks()
    for_g, for_d = pair(f, G, D, 0.003)
    settings = [one.param_groups[0] for one in (for_g, for_d)]
    return {
        "the weights held by G's optimiser": held(for_g, G, D),
        "the weights held by D's optimiser": held(for_d, G, D),
        "the kinds": [type(one).__name__ for one in (for_g, for_d)],
        "the rates": [float(group["lr"]) for group in settings],
        "the betas": [list(group.get("betas", ())) for group in settings],
        "the weight decays": [float(group["weight_decay"]) for group in settings],
    }


@two.must_hold
def each_moves_its_own(f) -> bool:
    """A step of G's optimiser leaves D as it is, and the other way round."""
    for turn in (0, 1):
        nets = networks()
        made = pair(f, *nets, 0.1)
        before = [weights(network) for network in nets]
        for network in nets:
            sum(w.sum() for w in network.parameters()).backward()  # type: ignore[union-attr]
        made[turn].step()
        still = [same(weights(n), b) for n, b in zip(nets, before, strict=True)]
        if still != [turn == 1, turn == 0]:
            return False
    return True


@two.mistake(hint="idea")
def one_for_both(G: Net, D: Net, lr: float) -> tuple[Opt, Opt]:
    """One optimiser holds the weights of both players, so each turn moves both of them:
    G's turn teaches D to be fooled, and D's turn teaches G to be caught. Make two, each
    over one network's parameters."""
    shared = Adam([*G.parameters(), *D.parameters()], lr, (0.5, 0.99))
    return shared, shared


@two.mistake(hint="formula")
def exchanged(G: Net, D: Net, lr: float) -> tuple[Opt, Opt]:
    """The pair is exchanged: G's optimiser comes first, as in the arguments."""
    for_g, for_d = optimizers(G, D, lr)
    return for_d, for_g


@two.mistake(hint="idea")
def usual_momentum(G: Net, D: Net, lr: float) -> tuple[Opt, Opt]:
    """You keep Adam's usual betas, (0.9, 0.999). That much momentum carries a player on
    for many steps after the opponent has turned, and the two swing around each other.
    Give `betas=(0.5, 0.99)`."""
    return Adam(G.parameters(), lr), Adam(D.parameters(), lr)


@two.mistake(hint="line")
def rate_left_out(G: Net, D: Net, lr: float) -> tuple[Opt, Opt]:
    """The rate `lr` is never used; Adam then takes its own, 0.001. Hand it over."""
    return optimizers(G, D, 1e-3)


@two.mistake(hint="formula")
def usual_second_beta(G: Net, D: Net, lr: float) -> tuple[Opt, Opt]:
    """Your second beta is 0.999, as in many GANs. Here 0.99 is asked for: the size of
    the gradients changes faster in a game, and the average follows it faster."""
    betas = (0.5, 0.999)
    return Adam(G.parameters(), lr, betas), Adam(D.parameters(), lr, betas)


@two.mistake(hint="line")
def with_weight_decay(G: Net, D: Net, lr: float) -> tuple[Opt, Opt]:
    """You add weight decay, which pulls all weights towards 0 at every step. It is
    another method than the one asked for: leave `weight_decay` at 0."""
    betas, decay = (0.5, 0.99), 1e-4
    return (
        Adam(G.parameters(), lr, betas, weight_decay=decay),
        Adam(D.parameters(), lr, betas, weight_decay=decay),
    )


@two.mistake(hint="idea")
def without_momentum(G: Net, D: Net, lr: float) -> tuple[Opt, Opt]:
    """RMSprop divides by the size of the gradient, as Adam does, but has no running
    mean of the gradient itself. Asked for is Adam with the betas (0.5, 0.99)."""
    kind = torch.optim.RMSprop
    return kind(G.parameters(), lr), kind(D.parameters(), lr)


@two.mistake(hint="idea")
def plain_descent(G: Net, D: Net, lr: float) -> tuple[Opt, Opt]:
    """Plain gradient descent takes steps as long as the gradient is large, and learns
    slowly here. Asked for is Adam with the betas (0.5, 0.99)."""
    kind = torch.optim.SGD
    return kind(G.parameters(), lr), kind(D.parameters(), lr)
